// openapi-generator cpp-restsdk: the client that it generates, in generated/. An event is one object.
#include <CppRestOpenAPIClient/ApiClient.h>
#include <CppRestOpenAPIClient/ApiConfiguration.h>
#include <CppRestOpenAPIClient/ApiException.h>
#include <CppRestOpenAPIClient/api/EventsApi.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace org::openapitools::client;
using nlohmann::json;
using Kinds = std::vector<std::string>;

std::string kind(const model::EventGetResponse& event) {
  const auto recorded = event.getE();
  return recorded->fromKEnum(recorded->getK());
}

Kinds kinds(const std::vector<std::shared_ptr<model::EventGetResponse>>& events) {
  Kinds found;
  for (const auto& event : events) found.push_back(kind(*event));
  return found;
}

Kinds kinds(const model::LatestListResponse& latest) { return kinds(latest.getItems()); }
Kinds kinds(const model::LatestListEnvelope& envelope) { return kinds(*envelope.getResult()); }
Kinds kinds(const model::EventGetResponse& event) { return {kind(event)}; }
Kinds kinds(const model::EventGetEnvelope& envelope) { return {kind(*envelope.getResult())}; }
Kinds kinds(const model::EventListResponse&) { return {}; }
Kinds kinds(const model::EventListEnvelope&) { return {}; }
Kinds kinds(const model::ApiErrorResponse&) { return {}; }

template <class Model>
json described(const Model& value) {
  return {{"types", kinds(value)}, {"text", value.toJson().serialize()}};
}

template <class Model>
json read(const std::string& text) {
  Model value;
  if (!value.fromJson(web::json::value::parse(text))) throw std::invalid_argument("fromJson is false");
  return described(value);
}

const std::map<std::string, json (*)(const std::string&)> MODELS = {
    {"EventListEnvelope", read<model::EventListEnvelope>},
    {"LatestListEnvelope", read<model::LatestListEnvelope>},
    {"EventGetEnvelope", read<model::EventGetEnvelope>},
    {"EventListResponse", read<model::EventListResponse>},
    {"LatestListResponse", read<model::LatestListResponse>},
    {"EventGetResponse", read<model::EventGetResponse>},
    {"ApiErrorResponse", read<model::ApiErrorResponse>},
};

json attempt(const json& sample) {
  try {
    return MODELS.at(sample.at("model"))(sample.at("text"));
  } catch (const std::exception& error) {
    return {{"error", error.what()}};
  }
}

json call(const json& task) {
  const auto configuration = std::make_shared<api::ApiConfiguration>();
  configuration->setBaseUrl(task.at("url"));
  configuration->getDefaultHeaders()["Authorization"] = "Bearer " + task.at("token").get<std::string>();
  const api::EventsApi events(std::make_shared<api::ApiClient>(configuration));
  const std::string account = task.at("account_id"), connector = task.at("connector_id");
  const auto get = [&](std::int64_t t, std::int64_t n) { return events.getEvent(account, connector, t, n).get()->getResult(); };
  json pages = json::array();
  json recorded = json::array();
  boost::optional<std::string> cursor;
  do {
    const auto page =
        events.listEvents(account, connector, task.at("from"), task.at("to"), task.at("limit").get<std::int64_t>(), cursor, {})
            .get()
            ->getResult();
    pages.push_back(page->toJson().serialize());
    for (const auto& item : page->getItems()) {
      const auto event = get(item->getT(), item->getN());
      recorded.push_back({{"type", kind(*event)}, {"text", event->toJson().serialize()}});
    }
    cursor = page->cursorIsSet() ? boost::make_optional(page->getCursor()) : boost::none;
  } while (cursor);
  const json latest = described(*events.getLatestEvents(account, connector).get()->getResult());
  try {
    get(task.at("absent").at("t"), task.at("absent").at("n"));
  } catch (const api::ApiException& refused) {
    std::stringstream body;
    body << refused.getContent()->rdbuf();
    const json absent = {{"status", refused.error_code().value()}, {"text", read<model::ApiErrorResponse>(body.str()).at("text")}};
    return {{"pages", pages}, {"events", recorded}, {"latest", latest}, {"absent", absent}};
  }
  throw std::logic_error("the absent event was found");
}

int main() {
  std::ifstream input(std::getenv("MCONN_TASK"));
  const json task = json::parse(input);
  json samples = json::object();
  for (const auto& sample : task.at("samples")) samples[sample.at("id").get<std::string>()] = attempt(sample);
  std::ofstream(std::getenv("MCONN_RESULT")) << json{{"samples", samples}, {"calls", call(task)}};
}
