import events.infrastructure.Serializer

/** openapi-generator kotlin, jackson: the client that it generates, in generated/. */
class Main(task: program.Task) : Flat(task) {
  override fun decode(model: String, text: String): Any =
    Serializer.jacksonObjectMapper.readValue(text, Class.forName("events.models.$model"))

  override fun encode(value: Any): String = Serializer.jacksonObjectMapper.writeValueAsString(value)
}

fun main() = program.Program.run(::Main)
