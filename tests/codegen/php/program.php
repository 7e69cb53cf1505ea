<?php

// What the PHP programs share: read the task, put it to a client, write what came of it.

declare(strict_types=1);

/** The server refused: its status, and the decoded error model. */
final class Failure extends Exception
{
    public function __construct(public readonly int $status, public readonly object $model)
    {
        parent::__construct("status $status");
    }
}

/** What a program does with its generated code. Pages and events come without their envelopes. */
interface Client
{
    public function decode(string $model, string $text): object;

    public function encode(object $value): string;

    /** @return list<object> the recorded events in a value */
    public function events(object $value): array;

    /** The kind of a recorded event. */
    public function type(object $event): string;

    public function list(?string $cursor): object;

    public function latest(): object;

    public function get(int $t, int $n): object;
}

function attempt(Client $client, object $sample): array
{
    try {
        return describe($client, $client->decode($sample->model, $sample->text));
    } catch (Throwable $error) {
        return ['error' => substr(get_class($error) . ': ' . $error->getMessage(), 0, 300)];
    }
}

function describe(Client $client, object $value): array
{
    return ['types' => array_map($client->type(...), $client->events($value)), 'text' => $client->encode($value)];
}

function call(Client $client, object $absent): array
{
    [$pages, $events, $cursor] = [[], [], null];
    do {
        $page = $client->list($cursor);
        $pages[] = $client->encode($page);
        foreach ($page->getItems() as $item) {
            $event = $client->get($item->getT(), $item->getN());
            $events[] = ['type' => $client->type($event), 'text' => $client->encode($event)];
        }
        $cursor = $page->getCursor();
    } while ($cursor !== null);
    $latest = describe($client, $client->latest());
    try {
        $client->get($absent->t, $absent->n);
    } catch (Failure $failure) {
        $refused = ['status' => $failure->status, 'text' => $client->encode($failure->model)];
        return ['pages' => $pages, 'events' => $events, 'latest' => $latest, 'absent' => $refused];
    }
    throw new LogicException('the absent event was found');
}

/** Reads the task, does it with the client, and writes the result. */
function run(callable $connect): void
{
    $task = json_decode(file_get_contents(getenv('MCONN_TASK')), false, 512, JSON_THROW_ON_ERROR);
    $client = $connect($task);
    $samples = [];
    foreach ($task->samples as $sample) {
        $samples[$sample->id] = attempt($client, $sample);
    }
    $result = ['samples' => $samples, 'calls' => call($client, $task->absent)];
    file_put_contents(getenv('MCONN_RESULT'), json_encode($result, JSON_THROW_ON_ERROR));
}
