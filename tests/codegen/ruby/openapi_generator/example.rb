require 'events_client'

EventsClient.configure { |configuration| configuration.access_token = ENV.fetch('CLOUDFLARE_API_TOKEN') }
answer = EventsClient::EventsApi.new.get_latest_events(ENV.fetch('ACCOUNT_ID'), ENV.fetch('CONNECTOR_ID'))
answer.result.items.each do |event|
  puts "#{event.t} #{event.e.k} #{event.e.url if event.e.is_a?(EventsClient::StartUpgradeEvent)}"
end
