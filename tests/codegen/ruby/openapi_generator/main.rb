# openapi-generator ruby: the client that it generates, in generated/.
require 'uri'

require 'program'
require 'events_client'

# Puts the task to the generated client.
class Generated
  def initialize(task)
    @task = task
    configuration = EventsClient::Configuration.new
    server = URI(task['url'])
    configuration.scheme = server.scheme
    configuration.host = "#{server.host}:#{server.port}"
    configuration.base_path = server.path
    configuration.server_index = nil
    configuration.access_token = task['token']
    @api = EventsClient::EventsApi.new(EventsClient::ApiClient.new(configuration))
    @place = [task['account_id'], task['connector_id']]
  end

  def decode(model, text)
    EventsClient.const_get(model).build_from_hash(JSON.parse(text, symbolize_names: true))
  end

  def encode(value)
    JSON.generate(value.to_hash)
  end

  def events(value)
    value = value.result if value.respond_to?(:result)
    return value.items.grep(EventsClient::EventGetResponse) if value.respond_to?(:items)

    [value].grep(EventsClient::EventGetResponse)
  end

  def type(event)
    # A document whose event is one object has no type for each kind.
    return event.e.k unless EventsClient.const_defined?(:StartUpgradeEvent)

    raise 'StartUpgrade without url' if event.e.is_a?(EventsClient::StartUpgradeEvent) && !event.e.url.is_a?(String)

    event.e.class.name
  end

  def list(cursor)
    more = cursor.nil? ? {} : { cursor: cursor }
    more[:limit] = @task['limit']
    @api.list_events(*@place, @task['from'], @task['to'], more).result
  end

  def latest
    @api.get_latest_events(*@place).result
  end

  def get(t, n)
    @api.get_event(*@place, t, n).result
  rescue EventsClient::ApiError => e
    raise Failure.new(e.code, decode('ApiErrorResponse', e.response_body))
  end
end

run { |task| Generated.new(task) }
