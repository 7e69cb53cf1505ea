package program;

import java.util.List;

/** What a program does with its generated code. Pages and events come without their envelopes. */
public interface Client {
  /** Decodes a value of a model. */
  Object decode(String model, String text) throws Exception;

  /** Writes a value as JSON. */
  String encode(Object value) throws Exception;

  /** The union's members in a value, or their kinds where an event is one object. */
  List<Object> members(Object value);

  Page list(String cursor) throws Exception;

  Object latest() throws Exception;

  /** One event; throws Failure. */
  Object get(Task.Key key) throws Exception;

  /** A page, what identifies its events, and the cursor of the next or null. */
  record Page(Object value, List<Task.Key> keys, String cursor) {}

  /** The server refused: its status, and the decoded error model. */
  final class Failure extends Exception {
    private static final long serialVersionUID = 1;
    final int status;
    final transient Object model;

    public Failure(int status, Object model) {
      super("status " + status);
      this.status = status;
      this.model = model;
    }
  }
}
