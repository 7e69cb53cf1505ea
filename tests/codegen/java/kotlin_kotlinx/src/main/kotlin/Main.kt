import events.infrastructure.Serializer
import kotlinx.serialization.KSerializer
import kotlinx.serialization.serializer

/** openapi-generator kotlin, kotlinx_serialization: the client that it generates, in generated/. */
class Main(task: program.Task) : Flat(task) {
  // Otherwise what is absent is written as null.
  init {
    Serializer.kotlinxSerializationJsonConfiguration = { encodeDefaults = false }
  }

  @Suppress("UNCHECKED_CAST")
  private fun serializerOf(model: Class<*>) = serializer(model) as KSerializer<Any>

  override fun decode(model: String, text: String): Any =
    Serializer.kotlinxSerializationJson.decodeFromString(serializerOf(Class.forName("events.models.$model")), text)

  override fun encode(value: Any): String =
    Serializer.kotlinxSerializationJson.encodeToString(serializerOf(value.javaClass), value)
}

fun main() = program.Program.run(::Main)
