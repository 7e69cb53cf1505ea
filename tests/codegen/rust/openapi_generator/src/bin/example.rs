use std::env::var;

use events_client::apis::{configuration::Configuration, events_api::get_latest_events};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let configuration = Configuration {
        base_path: var("CLOUDFLARE_BASE_URL")?,
        bearer_access_token: Some(var("CLOUDFLARE_API_TOKEN")?),
        ..Configuration::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (account, connector) = (var("CLOUDFLARE_ACCOUNT_ID")?, var("MCONN_CONNECTOR_ID")?);
    let answer = runtime.block_on(get_latest_events(&configuration, &account, &connector))?;
    for event in answer.result.items {
        println!("{} {:?}", event.t, event.e);
    }
    Ok(())
}
