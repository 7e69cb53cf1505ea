import events.apis.EventsApi
import events.infrastructure.ApiClient

fun main() {
  ApiClient.accessToken = System.getenv("CLOUDFLARE_API_TOKEN")
  val api = EventsApi(basePath = System.getenv("CLOUDFLARE_BASE_URL"))
  val answer = api.getLatestEvents(System.getenv("CLOUDFLARE_ACCOUNT_ID"), System.getenv("MCONN_CONNECTOR_ID"))
  for (event in answer.result.items) {
    println("${event.t} ${event.e.k}")
  }
}
