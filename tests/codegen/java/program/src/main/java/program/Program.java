package program;

import com.google.gson.Gson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What the Java programs share: read the task, put it to a client, write what came of it. */
public final class Program {
  private Program() {}

  public static void run(Function<Task, Client> connect) throws Exception {
    Gson gson = new Gson();
    Task task = gson.fromJson(Files.readString(Path.of(System.getenv("MCONN_TASK"))), Task.class);
    Client client = connect.apply(task);
    Map<String, Object> samples = new LinkedHashMap<>();
    for (Task.Sample sample : task.samples) {
      samples.put(sample.id(), attempt(client, sample));
    }
    Object result = Map.of("samples", samples, "calls", call(client, task));
    Files.writeString(Path.of(System.getenv("MCONN_RESULT")), gson.toJson(result));
  }

  private static Map<String, Object> attempt(Client client, Task.Sample sample) {
    try {
      return describe(client, client.decode(sample.model(), sample.text()));
    } catch (Exception error) {
      return Map.of("error", error.toString());
    }
  }

  private static Map<String, Object> describe(Client client, Object value) throws Exception {
    return Map.of("types", types(client, value), "text", client.encode(value));
  }

  private static List<String> types(Client client, Object value) {
    return client.members(value).stream()
        .map(member -> member instanceof String kind ? kind : member.getClass().getSimpleName())
        .toList();
  }

  private static Map<String, Object> call(Client client, Task task) throws Exception {
    List<String> pages = new ArrayList<>();
    List<Object> events = new ArrayList<>();
    String cursor = null;
    do {
      Client.Page page = client.list(cursor);
      pages.add(client.encode(page.value()));
      for (Task.Key key : page.keys()) {
        Object event = client.get(key);
        events.add(Map.of("type", types(client, event).get(0), "text", client.encode(event)));
      }
      cursor = page.cursor();
    } while (cursor != null);
    Map<String, Object> latest = describe(client, client.latest());
    return Map.of("pages", pages, "events", events, "latest", latest, "absent", absent(client, task));
  }

  private static Map<String, Object> absent(Client client, Task task) throws Exception {
    try {
      client.get(task.absent);
    } catch (Client.Failure failure) {
      return Map.of("status", failure.status, "text", client.encode(failure.model));
    }
    throw new IllegalStateException("the absent event was found");
  }
}
