// quicktype, C++: the structures that it generates, in generated/models.hpp, over libcurl. An event is one object.
#include <curl/curl.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <models.hpp>
#include <stdexcept>
#include <string>
#include <vector>

using nlohmann::json;
using Kinds = std::vector<std::string>;

// The kinds of the events in a value, with or without its envelope; a listed event has none.
template <class Value>
Kinds kinds(const Value& value) {
  Kinds found;
  if constexpr (requires { value.result; }) {
    found = kinds(value.result);
  } else if constexpr (requires { value.items; }) {
    for (const auto& item : value.items) {
      for (const auto& kind : kinds(item)) found.push_back(kind);
    }
  } else if constexpr (requires { value.e; }) {
    found.push_back(json(value.e.k).template get<std::string>());
  }
  return found;
}

template <class Model>
json described(const Model& value) {
  return {{"types", kinds(value)}, {"text", json(value).dump()}};
}

template <class Model>
json read(const std::string& text) {
  return described(json::parse(text).get<Model>());
}

const std::map<std::string, json (*)(const std::string&)> MODELS = {
    {"EventListEnvelope", read<events::EventListEnvelope>},
    {"LatestListEnvelope", read<events::LatestListEnvelope>},
    {"EventGetEnvelope", read<events::EventGetEnvelope>},
    {"EventListResponse", read<events::EventListResponse>},
    {"LatestListResponse", read<events::LatestListResponse>},
    {"EventGetResponse", read<events::EventGetResponse>},
    {"ApiErrorResponse", read<events::ApiErrorResponse>},
};

json attempt(const json& sample) {
  try {
    return MODELS.at(sample.at("model"))(sample.at("text"));
  } catch (const std::exception& error) {
    return {{"error", error.what()}};
  }
}

// The server refused.
struct Failure {
  long status;
  std::string body;
};

class Server {
 public:
  explicit Server(const json& task)
      : place_(task.at("url").get<std::string>() + "/accounts/" + task.at("account_id").get<std::string>() +
               "/magic/connectors/" + task.at("connector_id").get<std::string>() + "/telemetry/events"),
        header_(curl_slist_append(nullptr, ("Authorization: Bearer " + task.at("token").get<std::string>()).c_str())) {
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, header_);
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, append);
  }
  Server(const Server&) = delete;
  ~Server() {
    curl_slist_free_all(header_);
    curl_easy_cleanup(curl_);
  }

  template <class Envelope>
  auto get(const std::string& path) {
    std::string body;
    curl_easy_setopt(curl_, CURLOPT_URL, (place_ + path).c_str());
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &body);
    if (const CURLcode code = curl_easy_perform(curl_); code != CURLE_OK) throw std::runtime_error(curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) throw Failure{status, body};
    return json::parse(body).get<Envelope>().result;
  }

 private:
  static std::size_t append(const char* data, std::size_t size, std::size_t count, void* body) {
    static_cast<std::string*>(body)->append(data, size * count);
    return size * count;
  }

  CURL* curl_ = curl_easy_init();
  std::string place_;
  curl_slist* header_;
};

std::string key(std::int64_t t, std::int64_t n) { return "/" + std::to_string(t) + "." + std::to_string(n); }

json call(const json& task) {
  Server server(task);
  const std::string window = "?from=" + task.at("from").dump() + "&to=" + task.at("to").dump() + "&limit=" + task.at("limit").dump();
  json pages = json::array();
  json recorded = json::array();
  std::optional<std::string> cursor;
  do {
    const auto page = server.get<events::EventListEnvelope>(window + (cursor ? "&cursor=" + *cursor : ""));
    pages.push_back(json(page).dump());
    for (const auto& item : page.items) {
      const auto event = server.get<events::EventGetEnvelope>(key(item.t, item.n));
      recorded.push_back({{"type", kinds(event).at(0)}, {"text", json(event).dump()}});
    }
    cursor = page.cursor;
  } while (cursor);
  const json latest = described(server.get<events::LatestListEnvelope>("/latest"));
  try {
    server.get<events::EventGetEnvelope>(key(task.at("absent").at("t"), task.at("absent").at("n")));
  } catch (const Failure& failure) {
    const json absent = {{"status", failure.status}, {"text", read<events::ApiErrorResponse>(failure.body).at("text")}};
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
