require 'events_client'

base = URI(ENV.fetch('CLOUDFLARE_BASE_URL'))
EventsClient.configure do |configuration|
  configuration.scheme = base.scheme
  configuration.host = "#{base.host}:#{base.port}"
  configuration.base_path = base.path
  configuration.server_index = nil
  configuration.access_token = ENV.fetch('CLOUDFLARE_API_TOKEN')
end
api = EventsClient::EventsApi.new
answer = api.get_latest_events(ENV.fetch('CLOUDFLARE_ACCOUNT_ID'), ENV.fetch('MCONN_CONNECTOR_ID'))
answer.result.items.each do |event|
  puts "#{event.t} #{event.e.k} #{event.e.url if event.e.is_a?(EventsClient::StartUpgradeEvent)}"
end
