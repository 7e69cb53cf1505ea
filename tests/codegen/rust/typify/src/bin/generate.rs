//! Generates the types of schemas, a file for each, as `cargo typify` does: `generate SCHEMA… FOLDER`.

use std::fs::{File, write};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut schemas: Vec<String> = std::env::args().skip(1).collect();
    let folder = schemas.pop().ok_or("SCHEMA… FOLDER")?;
    for path in schemas.iter().map(Path::new) {
        let mut types = typify::TypeSpace::default();
        types.add_root_schema(serde_json::from_reader(File::open(path)?)?)?;
        let file = Path::new(&folder).join(path.with_extension("rs").file_name().ok_or("a file")?);
        write(file, prettyplease::unparse(&syn::parse2(types.to_stream())?))?;
    }
    Ok(())
}
