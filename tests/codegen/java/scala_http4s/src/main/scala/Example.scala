import cats.effect.IO
import cats.effect.unsafe.implicits.global
import events.apis.EventsApiEndpointsImpl
import events.models._Authorization
import org.http4s.client.JavaNetClientBuilder
import org.http4s.implicits.uri

@main def example(): Unit =
  given _Authorization.ApiKey = _Authorization.ApiKey("Authorization", s"Bearer ${sys.env("CLOUDFLARE_API_TOKEN")}")
  val client = JavaNetClientBuilder[IO].create
  val api = EventsApiEndpointsImpl[IO](uri"https://api.cloudflare.com/client/v4", httpClient = client)
  val answer = api.getLatestEvents(sys.env("ACCOUNT_ID"), sys.env("CONNECTOR_ID")).unsafeRunSync()
  for event <- answer.result.items do println(s"${event.t} ${event.e.k}")
