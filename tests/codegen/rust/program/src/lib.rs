//! What the Rust programs share: read the task, put it to a client, write what came of it.

use std::collections::BTreeMap;
use std::error::Error;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Clone, Deserialize)]
pub struct Task {
    pub url: String,
    pub token: String,
    pub account_id: String,
    pub connector_id: String,
    pub from: i64,
    pub to: i64,
    pub limit: i64,
    absent: Key,
    samples: Vec<Sample>,
}

#[derive(Clone, Copy, Deserialize)]
pub struct Key {
    pub t: i64,
    pub n: i64,
}

#[derive(Clone, Deserialize)]
struct Sample {
    id: String,
    model: String,
    text: String,
}

/// The server refused: its status, and the JSON of the decoded error model.
#[derive(Debug)]
pub struct Failure {
    pub status: u16,
    pub text: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "status {}", self.status)
    }
}

impl Error for Failure {}

/// A decoded body: the types of the union's members in it, and its JSON.
#[derive(Serialize)]
pub struct Decoded {
    pub types: Vec<String>,
    pub text: String,
}

/// A page: its JSON, what identifies its events, and the cursor of the next.
pub struct Page {
    pub text: String,
    pub keys: Vec<Key>,
    pub cursor: Option<String>,
}

/// What a program does with its generated code. Pages and events come without their envelopes.
pub trait Client {
    fn decode(&self, model: &str, text: &str) -> Result<Decoded>;
    fn list(&self, cursor: Option<&str>) -> Result<Page>;
    fn latest(&self) -> Result<Decoded>;
    fn get(&self, key: Key) -> Result<Decoded>;
}

/// Decodes a value and writes it back; `members` names the union's members in it.
pub fn decoded<T: DeserializeOwned + Serialize>(text: &str, members: impl Fn(&T) -> Vec<String>) -> Result<Decoded> {
    describe(&serde_json::from_str::<T>(text)?, members)
}

/// Writes a value; `members` names the union's members in it.
pub fn describe<T: Serialize>(value: &T, members: impl Fn(&T) -> Vec<String>) -> Result<Decoded> {
    Ok(Decoded { types: members(value), text: serde_json::to_string(value)? })
}

/// Reads the task, does it with the client, and writes the result.
pub fn run<C: Client>(connect: impl Fn(Task) -> C) -> Result<()> {
    let task: Task = serde_json::from_str(&std::fs::read_to_string(std::env::var("MCONN_TASK")?)?)?;
    let client = connect(task.clone());
    let samples: BTreeMap<&str, Value> = task
        .samples
        .iter()
        .map(|sample| {
            let answer = match client.decode(&sample.model, &sample.text) {
                Ok(decoded) => json!(decoded),
                Err(error) => json!({ "error": error.to_string() }),
            };
            (sample.id.as_str(), answer)
        })
        .collect();
    let (mut pages, mut events, mut cursor) = (vec![], vec![], None);
    loop {
        let page = client.list(cursor.as_deref())?;
        pages.push(page.text);
        for key in page.keys {
            let event = client.get(key)?;
            events.push(json!({ "type": event.types[0], "text": event.text }));
        }
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    let refused = client.get(task.absent).err().ok_or("the absent event was found")?.downcast::<Failure>()?;
    let absent = json!({ "status": refused.status, "text": refused.text });
    let calls = json!({ "pages": pages, "events": events, "latest": client.latest()?, "absent": absent });
    let result = json!({ "samples": samples, "calls": calls });
    Ok(std::fs::write(std::env::var("MCONN_RESULT")?, result.to_string())?)
}
