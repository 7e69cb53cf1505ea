import events.infrastructure.Serializer

/** openapi-generator kotlin, moshi: the client that it generates, in generated/. */
class Main(task: program.Task) : Flat(task) {
  override fun decode(model: String, text: String): Any =
    Serializer.moshi.adapter<Any>(Class.forName("events.models.$model")).fromJson(text)!!

  override fun encode(value: Any): String = Serializer.moshi.adapter<Any>(value.javaClass).toJson(value)
}

fun main() = program.Program.run(::Main)
