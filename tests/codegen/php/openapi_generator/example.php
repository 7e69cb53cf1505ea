<?php

require 'vendor/autoload.php';

$configuration = (new Events\Configuration())->setAccessToken(getenv('CLOUDFLARE_API_TOKEN'));
$api = new Events\Api\EventsApi(null, $configuration);
$answer = $api->getLatestEvents(getenv('ACCOUNT_ID'), getenv('CONNECTOR_ID'));
foreach ($answer->getResult()->getItems() as $event) {
    echo $event->getT(), ' ', $event->getE()->getK(), ' ', $event->getE()->getUrl(), PHP_EOL;
}
