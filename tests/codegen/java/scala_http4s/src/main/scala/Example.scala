import cats.effect.IO
import cats.effect.unsafe.implicits.global
import events.apis.EventsApiEndpointsImpl
import events.models._Authorization
import org.http4s.Uri
import org.http4s.client.JavaNetClientBuilder

@main def example(): Unit =
  given _Authorization.ApiKey = _Authorization.ApiKey("Authorization", s"Bearer ${sys.env("CLOUDFLARE_API_TOKEN")}")
  val client = JavaNetClientBuilder[IO].create
  val api = EventsApiEndpointsImpl[IO](Uri.unsafeFromString(sys.env("CLOUDFLARE_BASE_URL")), httpClient = client)
  val answer = api.getLatestEvents(sys.env("CLOUDFLARE_ACCOUNT_ID"), sys.env("MCONN_CONNECTOR_ID")).unsafeRunSync()
  for event <- answer.result.items do println(s"${event.t} ${event.e.k}")
