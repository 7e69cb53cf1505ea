import events.ApiClient;
import events.api.EventsApi;
import events.model.StartUpgradeEvent;

final class Example {
  public static void main(String[] arguments) throws Exception {
    ApiClient client = new ApiClient();
    client.setBearerToken(System.getenv("CLOUDFLARE_API_TOKEN"));
    var answer = new EventsApi(client).getLatestEvents(System.getenv("ACCOUNT_ID"), System.getenv("CONNECTOR_ID"));
    for (var event : answer.getResult().getItems()) {
      Object kind = event.getE().getActualInstance();
      System.out.println(event.getT() + " " + (kind instanceof StartUpgradeEvent upgrade ? upgrade.getUrl() : kind));
    }
  }
}
