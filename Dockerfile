# docker build -t mconn . && docker run --rm mconn test
# The server under test is named by its URL, the credential by the environment: docker run --rm -e CLOUDFLARE_API_TOKEN mconn test URL
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY contracts contracts
COPY spec spec
RUN pip wheel --no-cache-dir --wheel-dir /wheels .

FROM python:3.13-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index --find-links=/wheels mconn-contracts && rm -r /wheels
RUN useradd --create-home --uid 10001 mconn
USER mconn
WORKDIR /home/mconn
ENTRYPOINT ["mconn"]
