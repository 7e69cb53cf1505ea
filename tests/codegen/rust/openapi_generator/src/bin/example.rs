use std::env::var;

use events_client::apis::{configuration::Configuration, events_api::get_latest_events};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let configuration = Configuration { bearer_access_token: Some(var("CLOUDFLARE_API_TOKEN")?), ..Configuration::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(get_latest_events(&configuration, &var("ACCOUNT_ID")?, &var("CONNECTOR_ID")?))?;
    for event in answer.result.items {
        println!("{} {:?}", event.t, event.e);
    }
    Ok(())
}
