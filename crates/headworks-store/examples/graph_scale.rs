//! What questions to the graph cost at the scale of an organisation, beside recursive queries in SQLite.
//!
//! The data is generated from a seed: each node depends on five older ones, on the oldest by far the most, as in
//! registries of packages and models. One node in a hundred is depended on by its newest dependency, which makes cycles.
//! Numbers are shuffled, so that they say nothing of the order. Then new nodes come, and
//! dependencies of old ones that become known late, one in a hundred of them a cycle.
//!
//! Times are given by the clock and by the processor: other processes make the clock's too long.

#![expect(clippy::print_stdout, reason = "the measurement is what this program is for")]

use std::fs;
use std::time::Instant;

use headworks_store::graph::{Direction, Edge, Graph, GraphError, Kinds, Query};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

const SEED: u64 = 1;

/// What each node depends on, of older nodes.
const DEPENDENCIES: u64 = 5;

/// One node in so many makes a cycle.
const CYCLE_PART: u64 = 100;

/// Hits that paths are wanted for.
const PATHS: usize = 1000;

/// Random sources that are asked about.
const SOURCES: usize = 1000;

/// Paths from a hub that are asked for.
const PAIRS: usize = 50;

/// Nodes with the most dependents that are asked about.
const HUBS: u32 = 10;

/// Nodes that come after the graph was loaded, as a part of those that were there.
const LATER_PART: u64 = 1000;

/// The largest size that SQLite is asked about: a hub takes it a quarter of a minute there, and minutes beyond.
const SQLITE_NODES_MAX: u64 = 1_000_000;

/// Random sources that SQLite is asked about, and hubs.
const ASKED_OF_SQLITE: (usize, usize) = (50, 2);

/// Edges that SQLite takes in one statement.
const ROWS: usize = 20_000;

fn main() {
    let sizes: Vec<u64> = std::env::args().skip(1).map(|size| size.parse().expect("a number of nodes")).collect();
    let sizes = if sizes.is_empty() { vec![1_000_000, 10_000_000] } else { sizes };
    for nodes in sizes {
        measure(&Generated { nodes });
    }
    println!("peak memory of the process: {} MiB", status("VmHWM:") / 1024);
}

fn measure(generated: &Generated) {
    println!("{} nodes, about {} edges", generated.nodes, generated.nodes * DEPENDENCIES);
    let clock = Clock::start();
    let count = generated.edges().count();
    let alone = clock.stop();
    let clock = Clock::start();
    let mut graph = Graph::build(generated.kinds(), generated.edges()).expect("all nodes are known");
    let loaded = clock.stop();
    println!("  generate alone       {alone}");
    println!("  load {count} edges {loaded}: {:.0} edges/s by the clock", count as f64 / loaded.wall);
    println!("  edges kept           {}", graph.edges());
    println!("  resident             {} MiB", status("VmRSS:") / 1024);
    ask(generated, &graph);
    if generated.nodes <= SQLITE_NODES_MAX {
        sqlite(generated, &graph);
    }
    grow(generated, &mut graph);
    ask(generated, &graph);
    let clock = Clock::start();
    let before = counts(generated, &graph);
    graph.fold();
    println!("  fold in              {} (with {SOURCES} questions)", clock.stop());
    assert_eq!(before, counts(generated, &graph), "an answer changed when added edges were folded in");
    ask(generated, &graph);
}

/// Adds new nodes, and dependencies of old ones that become known late: the order of the nodes knows nothing of them.
fn grow(generated: &Generated, graph: &mut Graph) {
    let mut random = Random(SEED + 1);
    let mut edges = Vec::new();
    for _ in 0..generated.nodes / LATER_PART {
        let node = graph.add_node(0).expect("there is room");
        for _ in 0..DEPENDENCIES {
            let on = generated.number(random.skewed(generated.nodes));
            edges.push(Edge { from: on, to: node, kind: random.kind() });
        }
        for _ in 0..DEPENDENCIES {
            let age = 1 + random.below(generated.nodes - 1);
            let on: [u64; DEPENDENCIES as usize] = std::array::from_fn(|_| random.skewed(age));
            let node = generated.number(age);
            let (from, to) = match random.below(CYCLE_PART) {
                0 => (node, generated.number(on.into_iter().max().unwrap_or_default())),
                _ => (generated.number(on[0]), node),
            };
            edges.push(Edge { from, to, kind: random.kind() });
        }
    }
    let clock = Clock::start();
    for edges in edges.chunks(ROWS) {
        graph.add(edges).expect("all nodes are known");
    }
    println!("  add {} edges out of order {}; {} lie beside the order", edges.len(), clock.stop(), graph.unfolded());
}

fn ask(generated: &Generated, graph: &Graph) {
    let hubs: Vec<u32> = (0..HUBS).map(|hub| generated.number(u64::from(hub))).collect();
    // Once before, so that all is warm.
    blast(graph, hubs[0]);
    report("blast radius, hubs", hubs.iter().map(|&hub| blast(graph, hub)));
    let random = generated.sources(SOURCES);
    report("blast radius, random", random.iter().map(|&node| blast(graph, node)));
    report("provenance, random", random.iter().map(|&node| provenance(graph, node)));
    let pairs = random.iter().take(PAIRS).map(|&node| {
        timed(|| graph.path(hubs[0], node, &Kinds::ALL).map(|path| path.map_or(0, |path| path.len() as u64)))
    });
    report("path from the hub", pairs);
    let kinds = Kinds::from_iter(0..Random::KINDS / 2);
    let some =
        |node: u32| timed(|| graph.reach(&Query { edge_kinds: kinds, ..down(node) }).map(|reached| reached.count));
    report("half the kinds, hubs", hubs.iter().map(|&hub| some(hub)));
}

fn down(node: u32) -> Query {
    Query { sources: vec![node], paths_max: PATHS, ..Query::default() }
}

fn blast(graph: &Graph, node: u32) -> (Spent, u64) {
    timed(|| graph.reach(&down(node)).map(|reached| reached.count))
}

fn provenance(graph: &Graph, node: u32) -> (Spent, u64) {
    timed(|| graph.reach(&Query { direction: Direction::Up, ..down(node) }).map(|reached| reached.count))
}

fn counts(generated: &Generated, graph: &Graph) -> Vec<u64> {
    generated.sources(SOURCES).iter().map(|&node| blast(graph, node).1).collect()
}

fn timed(work: impl FnOnce() -> Result<u64, GraphError>) -> (Spent, u64) {
    let clock = Clock::start();
    let count = work().expect("all nodes are known");
    (clock.stop(), count)
}

fn report(what: &str, measured: impl Iterator<Item = (Spent, u64)>) {
    let (spent, mut counts): (Vec<Spent>, Vec<u64>) = measured.unzip();
    counts.sort_unstable();
    let mut times: Vec<f64> = spent.iter().map(|spent| spent.wall * 1e3).collect();
    times.sort_unstable_by(f64::total_cmp);
    let mean = |times: &mut dyn Iterator<Item = f64>| times.sum::<f64>() / spent.len() as f64;
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    println!(
        "  {what:21} mean {:8.3}  p50 {:8.3}  p99 {:8.3}  max {:8.3} ms; mean by the processor {:.3} ms",
        mean(&mut times.iter().copied()),
        at(0.5),
        at(0.99),
        at(1.0),
        mean(&mut spent.iter().map(|spent| spent.cpu * 1e3)),
    );
    let median = counts[counts.len() / 2];
    println!(
        "  {:21} {} questions; nodes: least {}, median {median}, most {}",
        "",
        counts.len(),
        counts[0],
        counts[counts.len() - 1]
    );
}

/// The same questions to a recursive query over a table with a covering index; the counts must agree.
fn sqlite(generated: &Generated, graph: &Graph) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("graph.sqlite"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .pragma("cache_size", "-262144")
        .pragma("temp_store", "memory");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = options.connect().await.expect("opens");
        let clock = Clock::start();
        load(&mut connection, generated).await;
        println!("  SQLite: load         {}", clock.stop());
        let (random, hubs) = ASKED_OF_SQLITE;
        // The first ask warms both.
        let asked: Vec<(bool, u32)> = (0..hubs as u64).map(|hub| (true, generated.number(hub)))
            .chain(generated.sources(random).into_iter().map(|node| (false, node))).collect();
        let (mut ours, mut theirs) = ([0.0; 2], [0.0; 2]);
        for (is_hub, node) in asked {
            let clock = Clock::start();
            let count = blast_by_sql(&mut connection, node).await;
            theirs[usize::from(is_hub)] += clock.stop().wall;
            let (spent, counted) = blast(graph, node);
            ours[usize::from(is_hub)] += spent.wall;
            assert_eq!(count, counted, "the engines disagree about node {node}");
        }
        for (what, asked, at) in [("random", random, 0), ("hubs", hubs, 1)] {
            let (ours, theirs) = (ours[at] / asked as f64, theirs[at] / asked as f64);
            println!("  SQLite: blast radius, {what}: mean {:.3} ms over {asked}; ours {:.3} ms: {:.0} times as fast; all counts agree",
                theirs * 1e3, ours * 1e3, theirs / ours);
        }
        connection.close().await.expect("closes");
    });
}

async fn load(connection: &mut SqliteConnection, generated: &Generated) {
    let table =
        "create table edge (src integer, dst integer, kind integer, primary key (src, dst, kind)) without rowid";
    sqlx::query(table).execute(&mut *connection).await.expect("creates");
    let mut edges = generated.edges().peekable();
    while edges.peek().is_some() {
        let rows: Vec<[u32; 3]> =
            edges.by_ref().take(ROWS).map(|edge| [edge.from, edge.to, edge.kind.into()]).collect();
        sqlx::query("insert or ignore into edge select value ->> 0, value ->> 1, value ->> 2 from json_each($1)")
            .bind(serde_json::to_string(&rows).expect("numbers"))
            .execute(&mut *connection)
            .await
            .expect("inserts");
    }
}

async fn blast_by_sql(connection: &mut SqliteConnection, node: u32) -> u64 {
    let query = "with recursive reached (node) as (select $1 union select dst from reached join edge on src = node) \
                 select count(*) from reached where node <> $1";
    let row = sqlx::query(query).bind(i64::from(node)).fetch_one(connection).await.expect("answers");
    row.get::<i64, _>(0) as u64
}

/// The data: a node by its age is under [`Generated::number`] in the graph.
struct Generated {
    nodes: u64,
}

impl Generated {
    fn kinds(&self) -> Vec<u8> {
        (0..self.nodes).map(|node| (node % 8) as u8).collect()
    }

    /// The number of the node of an age: a permutation, for the factor is a prime that divides no size.
    fn number(&self, age: u64) -> u32 {
        (age * 2_654_435_761 % self.nodes) as u32
    }

    fn edges(&self) -> impl Iterator<Item = Edge> + '_ {
        let mut random = Random(SEED);
        (1..self.nodes).flat_map(move |age| {
            let on = std::array::from_fn::<u64, { DEPENDENCIES as usize }, _>(|_| random.skewed(age));
            let newest = on.into_iter().max().filter(|_| random.below(CYCLE_PART) == 0);
            let number = self.number(age);
            let along = on.map(|on| Edge { from: self.number(on), to: number, kind: random.kind() });
            let back = newest.map(|newest| Edge { from: number, to: self.number(newest), kind: random.kind() });
            along.into_iter().chain(back)
        })
    }

    fn sources(&self, count: usize) -> Vec<u32> {
        let mut random = Random(SEED + 2);
        (0..count).map(|_| self.number(random.below(self.nodes))).collect()
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    const KINDS: u8 = 8;

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A number below `bound`, the small ones by far the most likely: the cube of an even one.
    fn skewed(&mut self, bound: u64) -> u64 {
        let part = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((part * part * part * bound as f64) as u64).min(bound - 1)
    }

    fn kind(&mut self) -> u8 {
        self.below(u64::from(Self::KINDS)) as u8
    }
}

/// Seconds by the clock and by the processor.
#[derive(Debug, Clone, Copy)]
struct Spent {
    wall: f64,
    cpu: f64,
}

struct Clock {
    wall: Instant,
    cpu: f64,
}

impl Clock {
    fn start() -> Self {
        Self { cpu: processor_seconds(), wall: Instant::now() }
    }

    fn stop(&self) -> Spent {
        let wall = self.wall.elapsed().as_secs_f64();
        Spent { wall, cpu: processor_seconds() - self.cpu }
    }
}

impl std::fmt::Display for Spent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} s ({:.2} s processor)", self.wall, self.cpu)
    }
}

/// What the kernel says that this thread has run; nothing where it is another kernel.
fn processor_seconds() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or_default() / 1e9
}

/// A number of the process in KiB.
fn status(name: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}
