import events.model.Event;

/** The kind of an event, where it is one object. */
final class Kind {
  private Kind() {}

  static Object of(Event event) {
    return event.getK().getValue();
  }
}
