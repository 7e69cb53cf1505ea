import cats.effect.IO
import cats.effect.unsafe.implicits.global
import events.apis.EventsApiEndpointsImpl
import events.models.*
import io.circe.parser
import io.circe.{Decoder, Encoder}
import org.http4s.Uri
import org.http4s.client.JavaNetClientBuilder
import program.{Client, Program, Task}
import scala.jdk.CollectionConverters.*

/** openapi-generator scala-http4s: the client that it generates, in generated/. An event is one object. */
class Main(task: Task) extends Client:
  private val api =
    EventsApiEndpointsImpl[IO](Uri.unsafeFromString(task.url), httpClient = JavaNetClientBuilder[IO].create)

  // It takes an API key alone, and a token is one in another header.
  private given _Authorization.ApiKey = _Authorization.ApiKey("Authorization", s"Bearer ${task.token}")

  private class Codec[Model](using decoder: Decoder[Model], encoder: Encoder[Model]):
    def decode(text: String): Object = parser.decode(text)(using decoder).toTry.get.asInstanceOf[Object]
    def encode(value: Object): String = encoder(value.asInstanceOf[Model]).noSpaces

  private val codecs: Map[String, Codec[?]] = Map(
    "EventListEnvelope" -> Codec[EventListEnvelope],
    "LatestListEnvelope" -> Codec[LatestListEnvelope],
    "EventGetEnvelope" -> Codec[EventGetEnvelope],
    "EventListResponse" -> Codec[EventListResponse],
    "LatestListResponse" -> Codec[LatestListResponse],
    "EventGetResponse" -> Codec[EventGetResponse],
    "ApiErrorResponse" -> Codec[ApiErrorResponse]
  )

  override def decode(model: String, text: String): Object = codecs(model).decode(text)

  override def encode(value: Object): String = codecs(value.getClass.getSimpleName).encode(value)

  override def members(value: Object): java.util.List[Object] =
    val events = value match
      case envelope: LatestListEnvelope => envelope.result.items
      case latest: LatestListResponse   => latest.items
      case envelope: EventGetEnvelope   => Seq(envelope.result)
      case event: EventGetResponse      => Seq(event)
      case _                            => Seq.empty
    events.map(event => event.e.k.value: Object).asJava

  override def list(cursor: String): Client.Page =
    val call = api.listEvents(task.account, task.connector, task.from, task.to, Some(task.limit), Option(cursor))
    val page = call.unsafeRunSync().result
    Client.Page(page, page.items.map(item => Task.Key(item.t, item.n)).asJava, page.cursor.orNull)

  override def latest(): Object = api.getLatestEvents(task.account, task.connector).unsafeRunSync().result

  override def get(key: Task.Key): Object =
    try api.getEvent(task.account, task.connector, key.t, key.n).unsafeRunSync().result
    catch case refused: _FailedRequest => throw Client.Failure(refused.code, refused.body.get.as[ApiErrorResponse].toTry.get)

object Main:
  def main(arguments: Array[String]): Unit = Program.run(task => new Main(task))
