# What the Ruby programs share: read the task, put it to a client, write what came of it.
require 'json'

# The server refused: its status, and the decoded error model.
class Failure < StandardError
  attr_reader :status, :model

  def initialize(status, model)
    super("status #{status}")
    @status = status
    @model = model
  end
end

def attempt(client, sample)
  describe(client, client.decode(sample['model'], sample['text']))
rescue StandardError => e
  { error: "#{e.class}: #{e.message}"[0, 300] }
end

def describe(client, value)
  { types: client.events(value).map { |event| client.type(event) }, text: client.encode(value) }
end

def call(client, task)
  pages = []
  events = []
  cursor = nil
  loop do
    page = client.list(cursor)
    pages << client.encode(page)
    page.items.each do |item|
      event = client.get(item.t, item.n)
      events << { type: client.type(event), text: client.encode(event) }
    end
    cursor = page.cursor
    break if cursor.nil?
  end
  { pages: pages, events: events, latest: describe(client, client.latest), absent: absent(client, task['absent']) }
end

def absent(client, key)
  client.get(key['t'], key['n'])
  raise 'the absent event was found'
rescue Failure => e
  { status: e.status, text: client.encode(e.model) }
end

# Reads the task, does it with the client, and writes the result.
def run
  task = JSON.parse(File.read(ENV.fetch('MCONN_TASK')))
  client = yield task
  samples = task['samples'].to_h { |sample| [sample['id'], attempt(client, sample)] }
  File.write(ENV.fetch('MCONN_RESULT'), JSON.generate(samples: samples, calls: call(client, task)))
end
