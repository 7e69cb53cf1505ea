//! typify: the types that it generates, a file for each schema in generated/, over reqwest. An event is one object.

use program::{Client, Decoded, Failure, Key, Page, Result, Task, decoded, describe, run};
use serde::de::DeserializeOwned;

/// Each schema's file is complete in itself, so that a type is there once for each schema that needs it.
macro_rules! schemas {
    ($($name:ident)*) => {
        #[allow(non_snake_case, dead_code)]
        mod schemas {
            $(pub mod $name { include!(concat!("../generated/", stringify!($name), ".rs")); })*
        }
        $(use schemas::$name::$name;)*
    };
}
schemas! {
    EventListEnvelope LatestListEnvelope EventGetEnvelope EventListResponse LatestListResponse EventGetResponse ApiErrorResponse
}

struct Generated {
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
    task: Task,
}

impl Generated {
    fn new(task: Task) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { http: reqwest::Client::new(), runtime, task }
    }

    fn ask<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Result<T> {
        let Task { url, account_id, connector_id, token, .. } = &self.task;
        let place = format!("{url}/accounts/{account_id}/magic/connectors/{connector_id}/telemetry/events{path}");
        self.runtime.block_on(async {
            let response = self.http.get(place).query(query).bearer_auth(token).send().await?;
            let status = response.status().as_u16();
            let body = response.bytes().await?;
            if status != 200 {
                let model: ApiErrorResponse = serde_json::from_slice(&body)?;
                return Err(Failure { status, text: serde_json::to_string(&model)? }.into());
            }
            Ok(serde_json::from_slice(&body)?)
        })
    }
}

impl Client for Generated {
    fn decode(&self, model: &str, text: &str) -> Result<Decoded> {
        match model {
            "EventListEnvelope" => decoded::<EventListEnvelope>(text, |_| vec![]),
            "LatestListEnvelope" => decoded::<LatestListEnvelope>(text, |value| {
                value.result.items.iter().map(|event| event.e.k.to_string()).collect()
            }),
            "EventGetEnvelope" => decoded::<EventGetEnvelope>(text, |value| vec![value.result.e.k.to_string()]),
            "EventListResponse" => decoded::<EventListResponse>(text, |_| vec![]),
            "LatestListResponse" => decoded::<LatestListResponse>(text, |value| {
                value.items.iter().map(|event| event.e.k.to_string()).collect()
            }),
            "EventGetResponse" => decoded::<EventGetResponse>(text, |value| vec![value.e.k.to_string()]),
            "ApiErrorResponse" => decoded::<ApiErrorResponse>(text, |_| vec![]),
            other => Err(format!("no model {other}").into()),
        }
    }

    fn list(&self, cursor: Option<&str>) -> Result<Page> {
        let Task { from, to, limit, .. } = self.task;
        let mut query = vec![("from", from.to_string()), ("to", to.to_string()), ("limit", limit.to_string())];
        query.extend(cursor.map(|cursor| ("cursor", cursor.to_string())));
        let page = self.ask::<EventListEnvelope>("", &query)?.result;
        let keys = page.items.iter().map(|item| Key { t: item.t, n: item.n }).collect();
        Ok(Page { text: serde_json::to_string(&page)?, keys, cursor: page.cursor })
    }

    fn latest(&self) -> Result<Decoded> {
        let latest = self.ask::<LatestListEnvelope>("/latest", &[])?.result;
        describe(&latest, |value| value.items.iter().map(|event| event.e.k.to_string()).collect())
    }

    fn get(&self, key: Key) -> Result<Decoded> {
        let event = self.ask::<EventGetEnvelope>(&format!("/{}.{}", key.t, key.n), &[])?.result;
        describe(&event, |value| vec![value.e.k.to_string()])
    }
}

fn main() -> Result<()> {
    run(Generated::new)
}
