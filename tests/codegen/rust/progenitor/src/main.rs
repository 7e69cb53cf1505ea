//! progenitor: the client that it generates, in generated/client.rs.

use std::any::type_name_of_val;

use program::{Client, Decoded, Failure, Key, Page, Result, Task, decoded, describe, run};

#[path = "../generated/client.rs"]
mod events;

use events::types::{
    ApiErrorResponse, Event, EventGetEnvelope, EventGetResponse, EventListEnvelope, EventListResponse, LatestListEnvelope,
    LatestListResponse,
};

fn name_of<T>(member: &T) -> String {
    type_name_of_val(member).to_string()
}

/// The type of the member; a union with fewer or more does not compile.
fn member(event: &EventGetResponse) -> String {
    match &event.e {
        Event::InitEvent(member) => name_of(member),
        Event::LeaveEvent(member) => name_of(member),
        Event::StartAttestationEvent(member) => name_of(member),
        Event::FinishAttestationSuccessEvent(member) => name_of(member),
        Event::FinishAttestationFailureEvent(member) => name_of(member),
        Event::StartRotateCryptKeyEvent(member) => name_of(member),
        Event::FinishRotateCryptKeySuccessEvent(member) => name_of(member),
        Event::FinishRotateCryptKeyFailureEvent(member) => name_of(member),
        Event::StartRotatePkiEvent(member) => name_of(member),
        Event::FinishRotatePkiSuccessEvent(member) => name_of(member),
        Event::FinishRotatePkiFailureEvent(member) => name_of(member),
        Event::StartUpgradeEvent(member) => name_of(member),
        Event::FinishUpgradeSuccessEvent(member) => name_of(member),
        Event::FinishUpgradeFailureEvent(member) => name_of(member),
        Event::ReconcileEvent(member) => name_of(member),
        Event::ConfigureCloudflaredTunnelEvent(member) => name_of(member),
    }
}

fn members(events: &[EventGetResponse]) -> Vec<String> {
    events.iter().map(member).collect()
}

struct Generated {
    client: events::Client,
    runtime: tokio::runtime::Runtime,
    task: Task,
}

impl Generated {
    fn new(task: Task) -> Self {
        let mut headers = reqwest::header::HeaderMap::new();
        let credential = format!("Bearer {}", task.token).parse().expect("a token has no control characters");
        headers.insert(reqwest::header::AUTHORIZATION, credential);
        let http = reqwest::Client::builder().default_headers(headers).build().expect("a client without TLS");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { client: events::Client::new_with_client(&task.url, http), runtime, task }
    }
}

fn refused(error: events::Error<ApiErrorResponse>) -> Box<dyn std::error::Error> {
    match error {
        events::Error::ErrorResponse(response) => {
            let status = response.status().as_u16();
            Box::new(Failure { status, text: serde_json::to_string(&response.into_inner()).expect("JSON") })
        }
        other => Box::new(other),
    }
}

impl Client for Generated {
    fn decode(&self, model: &str, text: &str) -> Result<Decoded> {
        match model {
            "EventListEnvelope" => decoded::<EventListEnvelope>(text, |_| vec![]),
            "LatestListEnvelope" => decoded::<LatestListEnvelope>(text, |value| members(&value.result.items)),
            "EventGetEnvelope" => decoded::<EventGetEnvelope>(text, |value| vec![member(&value.result)]),
            "EventListResponse" => decoded::<EventListResponse>(text, |_| vec![]),
            "LatestListResponse" => decoded::<LatestListResponse>(text, |value| members(&value.items)),
            "EventGetResponse" => decoded::<EventGetResponse>(text, |value| vec![member(value)]),
            "ApiErrorResponse" => decoded::<ApiErrorResponse>(text, |_| vec![]),
            other => Err(format!("no model {other}").into()),
        }
    }

    fn list(&self, cursor: Option<&str>) -> Result<Page> {
        let account = self.task.account_id.parse()?;
        let limit = u64::try_from(self.task.limit)?.try_into()?;
        let call = self.client.list_events(
            &account,
            &self.task.connector_id,
            cursor,
            self.task.from,
            None,
            Some(limit),
            self.task.to,
        );
        let page = self.runtime.block_on(call).map_err(refused)?.into_inner().result;
        let keys = page.items.iter().map(|item| Key { t: item.t, n: item.n }).collect();
        Ok(Page { text: serde_json::to_string(&page)?, keys, cursor: page.cursor })
    }

    fn latest(&self) -> Result<Decoded> {
        let account = self.task.account_id.parse()?;
        let call = self.client.get_latest_events(&account, &self.task.connector_id);
        describe(&self.runtime.block_on(call).map_err(refused)?.into_inner().result, |value| members(&value.items))
    }

    fn get(&self, key: Key) -> Result<Decoded> {
        let account = self.task.account_id.parse()?;
        let call = self.client.get_event(&account, &self.task.connector_id, key.t, key.n);
        describe(&self.runtime.block_on(call).map_err(refused)?.into_inner().result, |value| vec![member(value)])
    }
}

fn main() -> Result<()> {
    run(Generated::new)
}
