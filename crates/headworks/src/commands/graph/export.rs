use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use headworks_store::{Node, StoredEdge};
use serde_json::{Value, json};

use super::StoreOption;
use super::describe::{document, stated};
use crate::arguments::Global;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks graph export`.
#[derive(Debug, Args)]
#[command(after_help = "\
An edge leads from what affects to what is affected. The same log gives the same bytes.

Examples:
  headworks graph export > graph.json
  headworks graph export --format graphml --out graph.graphml")]
pub(crate) struct Options {
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    format: Format,
    /// File for it, in place of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    store: StoreOption,
}

/// How a graph can be written.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// One JSON document
    Json,
    /// GraphML, which graph tools read
    Graphml,
}

pub(super) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let graph = options.store.open(global).await?.graph().await?;
    let (nodes, edges) = graph.since(0).await?;
    let render = match options.format {
        Format::Json => as_json,
        Format::Graphml => as_graphml,
    };
    let text = render(&nodes, &edges);
    match options.out {
        None => terminal::answer(&text)?,
        Some(path) => {
            std::fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
            terminal::note(&format!("{} things and {} edges are in `{}`", nodes.len(), edges.len(), path.display()));
        }
    }
    Ok(Exit::Fine)
}

fn keys(nodes: &[Node]) -> HashMap<u32, &str> {
    nodes.iter().map(|node| (node.number, node.key.as_str())).collect()
}

fn as_json(nodes: &[Node], edges: &[StoredEdge]) -> String {
    let keys = keys(nodes);
    let edge = |edge: &StoredEdge| {
        let (from, to) = (keys.get(&edge.from), keys.get(&edge.to));
        json!({ "from": from, "edge": edge.kind.word(), "to": to, "stated": stated(&edge.stated) })
    };
    let (nodes, edges): (Vec<Value>, Vec<Value>) =
        (nodes.iter().map(document).collect(), edges.iter().map(edge).collect());
    format!("{:#}\n", json!({ "things": nodes, "edges": edges }))
}

fn as_graphml(nodes: &[Node], edges: &[StoredEdge]) -> String {
    let keys = keys(nodes);
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n\
         <key id=\"kind\" for=\"all\" attr.name=\"kind\" attr.type=\"string\"/>\n\
         <key id=\"entry\" for=\"all\" attr.name=\"entry\" attr.type=\"long\"/>\n\
         <key id=\"confidence\" for=\"edge\" attr.name=\"confidence\" attr.type=\"string\"/>\n\
         <key id=\"attrs\" for=\"all\" attr.name=\"attrs\" attr.type=\"string\"/>\n\
         <graph id=\"headworks\" edgedefault=\"directed\">\n",
    );
    let attrs = |attrs: &Value| match attrs {
        Value::Null => String::new(),
        attrs => data("attrs", &attrs.to_string()),
    };
    for node in nodes {
        let _ = writeln!(
            text,
            "<node id=\"{}\">{}{}{}</node>",
            escaped(&node.key),
            data("kind", node.kind.word()),
            data("entry", &node.evidence.to_string()),
            attrs(&node.attrs)
        );
    }
    for edge in edges {
        let key = |number: u32| escaped(keys.get(&number).copied().unwrap_or_default());
        let stated = &edge.stated;
        let confidence = format!("{:?}", stated.confidence).to_lowercase();
        let _ = writeln!(
            text,
            "<edge source=\"{}\" target=\"{}\">{}{}{}{}</edge>",
            key(edge.from),
            key(edge.to),
            data("kind", edge.kind.word()),
            data("entry", &stated.evidence.to_string()),
            data("confidence", &confidence),
            attrs(&stated.attrs)
        );
    }
    text.push_str("</graph>\n</graphml>\n");
    text
}

fn data(key: &str, value: &str) -> String {
    format!("<data key=\"{key}\">{}</data>", escaped(value))
}

/// Text of XML 1.0, which has no place for most control characters, not even as references.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(escaped, "&#{};", u32::from(letter));
            }
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_xml_cannot_say_is_replaced_and_the_rest_is_had_back() {
        assert_eq!(escaped("a<b>&\"c\n\u{1}é"), "a&lt;b&gt;&amp;&quot;c&#10;\u{fffd}é");
    }
}
