<?php

// openapi-generator php: the client that it generates, in generated/. An event is one object.

declare(strict_types=1);

use Events\Api\EventsApi;
use Events\ApiException;
use Events\Configuration;
use Events\Model;
use Events\ObjectSerializer;

error_reporting(E_ALL & ~E_DEPRECATED);
set_error_handler(function (int $level, string $message): bool {
    if ((error_reporting() & $level) === 0) {
        return false;
    }
    throw new ErrorException($message, 0, $level);
});
require 'GuzzleHttp/autoload.php';
require '../program.php';
spl_autoload_register(function (string $class): void {
    if (str_starts_with($class, 'Events\\')) {
        require 'generated/lib/' . str_replace('\\', '/', substr($class, 7)) . '.php';
    }
});

/** Puts the task to the generated client. */
final class Generated implements Client
{
    private EventsApi $api;

    public function __construct(private object $task)
    {
        $configuration = (new Configuration())->setHost($task->url)->setAccessToken($task->token);
        $this->api = new EventsApi(null, $configuration);
    }

    public function decode(string $model, string $text): object
    {
        return $this->valid(ObjectSerializer::deserialize(json_decode($text), "Events\\Model\\$model"));
    }

    public function encode(object $value): string
    {
        return json_encode(ObjectSerializer::sanitizeForSerialization($value), JSON_THROW_ON_ERROR);
    }

    public function events(object $value): array
    {
        if ($value instanceof Model\LatestListEnvelope || $value instanceof Model\EventGetEnvelope) {
            $value = $value->getResult();
        }
        $found = $value instanceof Model\LatestListResponse ? $value->getItems() : [$value];
        return array_values(array_filter($found, fn (object $each): bool => $each instanceof Model\EventGetResponse));
    }

    public function type(object $event): string
    {
        return $event->getE()->getK();
    }

    public function list(?string $cursor): object
    {
        $task = $this->task;
        $place = [$task->account_id, $task->connector_id];
        return $this->api->listEvents(...$place, from: $task->from, to: $task->to, limit: $task->limit, cursor: $cursor)->getResult();
    }

    public function latest(): object
    {
        return $this->api->getLatestEvents($this->task->account_id, $this->task->connector_id)->getResult();
    }

    public function get(int $t, int $n): object
    {
        try {
            return $this->api->getEvent($this->task->account_id, $this->task->connector_id, $t, $n)->getResult();
        } catch (ApiException $error) {
            throw new Failure($error->getCode(), $error->getResponseObject());
        }
    }

    private function valid(object $value): object
    {
        foreach ($value->listInvalidProperties() as $problem) {
            throw new UnexpectedValueException($problem);
        }
        return $value;
    }
}

run(fn (object $task): Client => new Generated($task));
