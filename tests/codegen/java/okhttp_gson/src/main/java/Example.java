import events.ApiClient;
import events.api.EventsApi;
import events.model.StartUpgradeEvent;

final class Example {
  public static void main(String[] arguments) throws Exception {
    ApiClient client = new ApiClient();
    client.setBasePath(System.getenv("CLOUDFLARE_BASE_URL"));
    client.setBearerToken(System.getenv("CLOUDFLARE_API_TOKEN"));
    String account = System.getenv("CLOUDFLARE_ACCOUNT_ID"), connector = System.getenv("MCONN_CONNECTOR_ID");
    var answer = new EventsApi(client).getLatestEvents(account, connector);
    for (var event : answer.getResult().getItems()) {
      Object kind = event.getE().getActualInstance();
      System.out.println(event.getT() + " " + (kind instanceof StartUpgradeEvent upgrade ? upgrade.getUrl() : kind));
    }
  }
}
