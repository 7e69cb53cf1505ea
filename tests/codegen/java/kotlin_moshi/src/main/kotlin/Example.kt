import events.apis.EventsApi
import events.infrastructure.ApiClient

fun main() {
  ApiClient.accessToken = System.getenv("CLOUDFLARE_API_TOKEN")
  val answer = EventsApi().getLatestEvents(System.getenv("ACCOUNT_ID"), System.getenv("CONNECTOR_ID"))
  for (event in answer.result.items) {
    println("${event.t} ${event.e.k}")
  }
}
