import com.fasterxml.jackson.databind.ObjectMapper;
import events.ApiClient;
import events.ApiException;
import events.api.EventsApi;
import events.model.ApiErrorResponse;
import events.model.EventGetEnvelope;
import events.model.EventGetResponse;
import events.model.EventListResponse;
import events.model.LatestListEnvelope;
import events.model.LatestListResponse;
import java.util.List;
import program.Client;
import program.Program;
import program.Task;

/** openapi-generator java, library native: the client that it generates, in generated/. */
final class Main implements Client {
  private final ObjectMapper mapper = ApiClient.createDefaultObjectMapper();
  private final EventsApi api;
  private final Task task;

  private Main(Task task) {
    this.task = task;
    ApiClient client = new ApiClient();
    client.updateBaseUri(task.url);
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + task.token));
    api = new EventsApi(client);
  }

  @Override
  public Object decode(String model, String text) throws Exception {
    return mapper.readValue(text, Class.forName("events.model." + model));
  }

  @Override
  public String encode(Object value) throws Exception {
    return mapper.writeValueAsString(value);
  }

  @Override
  public List<Object> members(Object value) {
    List<EventGetResponse> events = List.of();
    if (value instanceof LatestListEnvelope envelope) {
      events = envelope.getResult().getItems();
    } else if (value instanceof LatestListResponse latest) {
      events = latest.getItems();
    } else if (value instanceof EventGetEnvelope envelope) {
      events = List.of(envelope.getResult());
    } else if (value instanceof EventGetResponse event) {
      events = List.of(event);
    }
    return events.stream().map(event -> Kind.of(event.getE())).toList();
  }

  @Override
  public Page list(String cursor) throws Exception {
    EventListResponse page =
        api.listEvents(task.from, task.to, task.account, task.connector, task.limit, cursor, null).getResult();
    List<Task.Key> keys = page.getItems().stream().map(item -> new Task.Key(item.getT(), item.getN())).toList();
    return new Page(page, keys, page.getCursor());
  }

  @Override
  public Object latest() throws Exception {
    return api.getLatestEvents(task.account, task.connector).getResult();
  }

  @Override
  public Object get(Task.Key key) throws Exception {
    try {
      return api.getEvent(task.account, task.connector, key.t(), key.n()).getResult();
    } catch (ApiException refused) {
      throw new Failure(refused.getCode(), mapper.readValue(refused.getResponseBody(), ApiErrorResponse.class));
    }
  }

  public static void main(String[] arguments) throws Exception {
    Program.run(Main::new);
  }
}
