import events.model.Event;

/** The union's member that an event holds. */
final class Kind {
  private Kind() {}

  static Object of(Event event) {
    return event.getActualInstance();
  }
}
