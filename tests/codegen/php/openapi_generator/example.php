<?php

require 'vendor/autoload.php';

$configuration = (new Events\Configuration())->setHost(getenv('CLOUDFLARE_BASE_URL'));
$configuration->setAccessToken(getenv('CLOUDFLARE_API_TOKEN'));
$api = new Events\Api\EventsApi(null, $configuration);
$answer = $api->getLatestEvents(getenv('CLOUDFLARE_ACCOUNT_ID'), getenv('MCONN_CONNECTOR_ID'));
foreach ($answer->getResult()->getItems() as $event) {
    echo $event->getT(), ' ', $event->getE()->getK(), ' ', $event->getE()->getUrl(), PHP_EOL;
}
