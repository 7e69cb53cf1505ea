//! openapi-generator rust: the client that it generates, in generated/.

#[cfg(not(any(feature = "tagged", feature = "flat")))]
use std::any::type_name_of_val;

use events_client::apis::configuration::Configuration;
use events_client::apis::events_api::{GetEventError, get_event, get_latest_events, list_events};
use events_client::apis::Error;
use events_client::models::{
    ApiErrorResponse, EventGetEnvelope, EventGetResponse, EventListEnvelope, EventListResponse, LatestListEnvelope,
    LatestListResponse,
};
#[cfg(not(any(feature = "tagged", feature = "flat")))]
use events_client::models::Event;
use program::{Client, Decoded, Failure, Key, Page, Result, Task, decoded, describe, run};

#[cfg(not(any(feature = "tagged", feature = "flat")))]
fn name_of<T>(member: &T) -> String {
    type_name_of_val(member).to_string()
}

/// Where the document has the discriminator, the members have other names.
#[cfg(feature = "tagged")]
fn member(event: &EventGetResponse) -> String {
    format!("{:?}", event.e)
}

#[cfg(feature = "flat")]
fn member(event: &EventGetResponse) -> String {
    format!("{:?}", event.e.k)
}

/// The type of the member; a union with fewer or more does not compile.
#[cfg(not(any(feature = "tagged", feature = "flat")))]
fn member(event: &EventGetResponse) -> String {
    match &*event.e {
        Event::InitEvent(member) => name_of(&**member),
        Event::LeaveEvent(member) => name_of(&**member),
        Event::StartAttestationEvent(member) => name_of(&**member),
        Event::FinishAttestationSuccessEvent(member) => name_of(&**member),
        Event::FinishAttestationFailureEvent(member) => name_of(&**member),
        Event::StartRotateCryptKeyEvent(member) => name_of(&**member),
        Event::FinishRotateCryptKeySuccessEvent(member) => name_of(&**member),
        Event::FinishRotateCryptKeyFailureEvent(member) => name_of(&**member),
        Event::StartRotatePkiEvent(member) => name_of(&**member),
        Event::FinishRotatePkiSuccessEvent(member) => name_of(&**member),
        Event::FinishRotatePkiFailureEvent(member) => name_of(&**member),
        Event::StartUpgradeEvent(member) => name_of(&**member),
        Event::FinishUpgradeSuccessEvent(member) => name_of(&**member),
        Event::FinishUpgradeFailureEvent(member) => name_of(&**member),
        Event::ReconcileEvent(member) => name_of(&**member),
        Event::ConfigureCloudflaredTunnelEvent(member) => name_of(&**member),
    }
}

fn members(events: &[EventGetResponse]) -> Vec<String> {
    events.iter().map(member).collect()
}

struct Generated {
    configuration: Configuration,
    runtime: tokio::runtime::Runtime,
    task: Task,
}

impl Generated {
    fn new(task: Task) -> Self {
        let configuration = Configuration {
            base_path: task.url.clone(),
            bearer_access_token: Some(task.token.clone()),
            ..Configuration::default()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { configuration, runtime, task }
    }
}

fn refused(error: Error<GetEventError>) -> Box<dyn std::error::Error> {
    match error {
        Error::ResponseError(response) => {
            // Its errors are untagged, so the first of equal models is the one that is filled.
            let model: ApiErrorResponse = match response.entity {
                Some(GetEventError::Status400(model) | GetEventError::Status404(model)) => model,
                other => return format!("no error model: {other:?}").into(),
            };
            let status = response.status.as_u16();
            Box::new(Failure { status, text: serde_json::to_string(&model).expect("JSON") })
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
        let Task { account_id, connector_id, from, to, limit, .. } = &self.task;
        let call = list_events(&self.configuration, account_id, connector_id, *from, *to, Some(*limit), cursor, None);
        let page = self.runtime.block_on(call)?.result;
        let keys = page.items.iter().map(|item| Key { t: item.t, n: item.n }).collect();
        Ok(Page { text: serde_json::to_string(&page)?, keys, cursor: page.cursor })
    }

    fn latest(&self) -> Result<Decoded> {
        let call = get_latest_events(&self.configuration, &self.task.account_id, &self.task.connector_id);
        describe(&*self.runtime.block_on(call)?.result, |value| members(&value.items))
    }

    fn get(&self, key: Key) -> Result<Decoded> {
        let call = get_event(&self.configuration, &self.task.account_id, &self.task.connector_id, key.t, key.n);
        describe(&*self.runtime.block_on(call).map_err(refused)?.result, |value| vec![member(value)])
    }
}

fn main() -> Result<()> {
    run(Generated::new)
}
