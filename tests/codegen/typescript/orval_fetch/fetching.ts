// How the generated functions fetch: orval knows neither the server nor the credential.
export const server = { url: "", token: "" };

export async function fetching<T>(path: string, options: RequestInit): Promise<T> {
  const headers = { Authorization: `Bearer ${server.token}` };
  const response = await fetch(server.url + path, { ...options, headers });
  return { status: response.status, data: await response.json(), headers: response.headers } as T;
}
