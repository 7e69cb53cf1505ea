import events.apis.EventsApi
import events.infrastructure.ApiClient
import events.infrastructure.ClientError
import events.infrastructure.ClientException
import events.models.EventGetEnvelope
import events.models.EventGetResponse
import events.models.LatestListEnvelope
import events.models.LatestListResponse
import program.Client
import program.Task

/** What openapi-generator kotlin makes of a document whose event is one object, whatever library it serializes with. */
abstract class Flat(private val task: Task) : Client {
  private val api = EventsApi(task.url)

  init {
    ApiClient.accessToken = task.token
  }

  override fun members(value: Any): List<Any> =
    when (value) {
      is LatestListEnvelope -> value.result.items
      is LatestListResponse -> value.items
      is EventGetEnvelope -> listOf(value.result)
      is EventGetResponse -> listOf(value)
      else -> listOf()
    }.map { it.e.k.value }

  override fun list(cursor: String?): Client.Page {
    val page =
      api.listEvents(task.account, task.connector, from = task.from, to = task.to, limit = task.limit, cursor = cursor)
        .result
    return Client.Page(page, page.items.map { Task.Key(it.t, it.n) }, page.cursor)
  }

  override fun latest(): Any = api.getLatestEvents(task.account, task.connector).result

  override fun get(key: Task.Key): Any =
    try {
      api.getEvent(task.account, task.connector, key.t, key.n).result
    } catch (refused: ClientException) {
      // It keeps the body of an error as text.
      val body = (refused.response as ClientError<*>).body as String
      throw Client.Failure(refused.statusCode, decode("ApiErrorResponse", body))
    }
}
