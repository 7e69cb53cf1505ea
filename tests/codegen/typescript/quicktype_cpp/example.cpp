#include <iostream>
#include <models.hpp>

// Reads the body of …/telemetry/events/latest, as curl writes it, from standard input.
int main() {
  const auto answer = nlohmann::json::parse(std::cin).get<events::LatestListEnvelope>();
  for (const auto& event : answer.result.items) {
    std::cout << event.t << ' ' << nlohmann::json(event.e.k) << ' ' << event.e.url.value_or("") << '\n';
  }
}
