//! Generates the client: `generate DOCUMENT OUTPUT`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [document, output] = std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "DOCUMENT OUTPUT")?;
    let document: openapiv3::OpenAPI = serde_yaml_ng::from_reader(std::fs::File::open(document)?)?;
    let tokens = progenitor::Generator::default().generate_tokens(&document)?;
    Ok(std::fs::write(output, prettyplease::unparse(&syn::parse2(tokens)?))?)
}
