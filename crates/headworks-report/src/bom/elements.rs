//! The minimum elements of an SBOM for AI, and how many of them a document fills.
//!
//! Source: "Software Bill of Materials for AI – Minimum Elements", G7 Cybersecurity Working Group (2026-05-12),
//! 50 elements in seven clusters. A value that only somebody says is told apart from one that the bytes show, and
//! an element of which one model of several lacks a value is absent.

use super::model::{Basis, Bom, Claim, Component, Kind, Relation};

/// The clusters, in the order of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cluster {
    /// The document itself.
    Metadata,
    /// The system as a whole.
    System,
    /// Each model.
    Models,
    /// Each dataset.
    Datasets,
    /// What it runs on.
    Infrastructure,
    /// How it is protected.
    Security,
    /// How well it does.
    Performance,
}

impl Cluster {
    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Metadata => "Metadata",
            Self::System => "System level properties",
            Self::Models => "Models",
            Self::Datasets => "Dataset properties",
            Self::Infrastructure => "Infrastructure",
            Self::Security => "Security properties",
            Self::Performance => "Key performance indicators",
        }
    }
}

/// How an element is filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ElementState {
    /// The bytes or a verified signer show it.
    Present,
    /// Somebody says so.
    Stated,
    /// Sources differ.
    Contradicted,
    /// Nothing is known, of all or of those named.
    Absent,
}

impl ElementState {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Stated => "stated",
            Self::Contradicted => "contradicted",
            Self::Absent => "absent",
        }
    }
}

/// One element and what the document says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Its id, as in `MDL-02`.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Where it belongs.
    pub cluster: Cluster,
    /// How it is filled.
    pub state: ElementState,
    /// Values, shortened; of an absent one, the components that lack it.
    pub values: Vec<String>,
}

/// Values that are shown of one element.
const VALUES_MAX: usize = 4;
/// Characters of one value.
const VALUE_CHARS_MAX: usize = 80;

/// Every element, in the order of the source, of a document in a format of this name and version.
pub fn elements(bom: &Bom, format: (&str, &str), is_signed: bool) -> Vec<Element> {
    let assessment = Assessment { bom, elements: Vec::with_capacity(50) };
    assessment.metadata(format, is_signed).system().models().datasets().rest().elements
}

struct Assessment<'a> {
    bom: &'a Bom,
    elements: Vec<Element>,
}

type Values = Vec<Claim>;

fn shown(value: &str) -> Values {
    vec![Claim::new(Basis::Observed, value, "document")]
}

fn all(claims: &[Claim]) -> Values {
    claims.to_vec()
}

fn one(claim: Option<&Claim>) -> Values {
    claim.into_iter().cloned().collect()
}

impl Assessment<'_> {
    fn put(&mut self, cluster: Cluster, id: &'static str, title: &'static str, values: &[Claim]) {
        let state = match values {
            [] => ElementState::Absent,
            values if values.iter().any(|claim| super::cyclonedx::is_shown(claim.basis)) => ElementState::Present,
            _ => ElementState::Stated,
        };
        let short = |claim: &Claim| claim.value.chars().take(VALUE_CHARS_MAX).collect();
        let values = values.iter().take(VALUES_MAX).map(short).collect();
        self.elements.push(Element { id, title, cluster, state, values });
    }

    /// An element of every component of a kind: one that lacks it makes it absent.
    fn each(
        &mut self,
        cluster: Cluster,
        (id, title): (&'static str, &'static str),
        of: &[&Component],
        values: impl Fn(&Component) -> Values,
    ) {
        let found: Vec<(&Component, Values)> = of.iter().map(|component| (*component, values(component))).collect();
        let lacking: Vec<String> =
            found.iter().filter(|(_, values)| values.is_empty()).map(|(component, _)| component.name.clone()).collect();
        if of.is_empty() || !lacking.is_empty() {
            let values = lacking.into_iter().take(VALUES_MAX).collect();
            self.elements.push(Element { id, title, cluster, state: ElementState::Absent, values });
            return;
        }
        let all: Vec<Claim> = found.into_iter().flat_map(|(_, values)| values).collect();
        self.put(cluster, id, title, &all);
    }

    fn metadata(mut self, (format, version): (&str, &str), is_signed: bool) -> Self {
        use Cluster::Metadata as Of;
        let bom = self.bom;
        // Whose it is and whether it holds is for `bom verify`.
        let signature: Values =
            is_signed.then(|| Claim::new(Basis::Stated, "not verified here", "document")).into_iter().collect();
        self.put(Of, "MD-01", "SBOM author", &bom.authors);
        self.put(Of, "MD-02", "SBOM version", &shown("1"));
        self.put(Of, "MD-03", "SBOM data format name", &shown(format));
        self.put(Of, "MD-04", "SBOM data format version", &shown(version));
        self.put(Of, "MD-05", "SBOM author signature", &signature);
        self.put(Of, "MD-06", "SBOM tool name", &shown("headworks"));
        self.put(Of, "MD-07", "SBOM tool version", &shown(&bom.tool_version));
        self.put(Of, "MD-08", "SBOM generation context", &shown("post-build"));
        self.put(Of, "MD-09", "SBOM timestamp", &shown(&super::cyclonedx::time(bom.created_ms)));
        let edges = if bom.edges.is_empty() { Vec::new() } else { shown(&format!("{} relations", bom.edges.len())) };
        self.put(Of, "MD-10", "SBOM dependency relationship", &edges);
        self
    }

    fn system(mut self) -> Self {
        use Cluster::System as Of;
        let bom = self.bom;
        let system = &bom.system;
        let property = |name: &str| -> Values {
            let found = system.properties.iter().filter(|(known, _)| known == name);
            found.map(|(_, value)| Claim::new(Basis::Declared, value, "overlay")).collect()
        };
        let parts =
            if bom.components.is_empty() { Vec::new() } else { shown(&format!("{} components", bom.components.len())) };
        self.put(Of, "SLP-01", "System name", &shown(&system.name));
        self.put(Of, "SLP-02", "System components", &parts);
        self.put(Of, "SLP-03", "System producer", &one(system.supplier.as_ref()));
        self.put(Of, "SLP-04", "System version", &one(system.version.as_ref()));
        self.put(Of, "SLP-05", "System timestamp", &one(system.released.as_ref()));
        self.put(Of, "SLP-06", "System data flow", &property("headworks:data-flow"));
        self.put(Of, "SLP-07", "System data usage", &property("headworks:data-usage"));
        self.put(Of, "SLP-08", "System input and output properties", &property("headworks:input-output"));
        let area = property("headworks:application-area");
        let uses = bom.components.iter().filter_map(|component| component.model.as_ref()).flat_map(|model| &model.uses);
        let area: Values = area.into_iter().chain(uses.cloned()).collect();
        self.put(Of, "SLP-09", "Intended application area", &area);
        self
    }

    fn models(mut self) -> Self {
        use Cluster::Models as Of;
        let bom = self.bom;
        let models: Vec<&Component> = bom.components.iter().filter(|c| c.is_model() && !c.is_external).collect();
        let described = |component: &Component| component.model.clone().unwrap_or_default();
        self.each(Of, ("MDL-01", "Model name"), &models, |model| shown(&model.name));
        self.each(Of, ("MDL-02", "Model identifier"), &models, |model| {
            model.purl.iter().flat_map(|purl| shown(purl)).collect()
        });
        self.each(Of, ("MDL-03", "Model version"), &models, |model| one(model.version.as_ref()));
        self.each(Of, ("MDL-04", "Model timestamp"), &models, |model| one(model.released.as_ref()));
        self.each(Of, ("MDL-05", "Model producer"), &models, |model| one(model.supplier.as_ref()));
        self.each(Of, ("MDL-06", "Model description"), &models, |model| one(model.description.as_ref()));
        let digests = |model: &Component| model.digests.iter().flat_map(|digest| shown(&digest.hex())).collect();
        self.each(Of, ("MDL-07", "Model hash value"), &models, digests);
        let algorithm = |model: &Component| if model.digests.is_empty() { Vec::new() } else { shown("SHA-256") };
        self.each(Of, ("MDL-08", "Model hash algorithm"), &models, algorithm);
        self.each(Of, ("MDL-09", "Model properties"), &models, |model| {
            let model = described(model);
            model.family.into_iter().chain(model.architecture).chain(model.task).collect()
        });
        self.each(Of, ("MDL-10", "Model input and output properties"), &models, |model| {
            let model = described(model);
            model.inputs.into_iter().chain(model.outputs).collect()
        });
        self.each(Of, ("MDL-11", "Model training properties"), &models, |model| {
            let trained = bom.related(&model.reference, Relation::TrainedOn).map(|edge| (edge, Relation::TrainedOn));
            let made = bom.related(&model.reference, Relation::DerivedFrom).map(|edge| (edge, Relation::DerivedFrom));
            let edges = trained.chain(made).map(|(edge, _)| Claim::new(edge.basis, &edge.to, &edge.source));
            edges.chain(described(model).training).collect()
        });
        self.each(Of, ("MDL-12", "Model licence"), &models, |model| all(&model.licences));
        self.contradict(&models, |model| &model.licences);
        self.each(Of, ("MDL-13", "Model external references"), &models, |model| {
            model
                .links
                .iter()
                .map(|link| Claim::new(Basis::Observed, format!("{}: {}", link.kind, link.url), "files"))
                .collect()
        });
        self
    }

    /// The element before: a model of which two sources say different things.
    fn contradict(&mut self, models: &[&Component], values: impl Fn(&Component) -> &[Claim]) {
        let differs = |model: &&&Component| matches!(values(model), [first, rest @ ..] if rest.iter().any(|other| other.source != first.source));
        if let (Some(last), Some(_)) = (self.elements.last_mut(), models.iter().find(differs)) {
            last.state = ElementState::Contradicted;
        }
    }

    fn datasets(mut self) -> Self {
        use Cluster::Datasets as Of;
        let bom = self.bom;
        let datasets: Vec<&Component> =
            bom.components.iter().filter(|component| component.kind == Kind::Dataset).collect();
        let data = |component: &Component| component.data.clone().unwrap_or_default();
        self.each(Of, ("DP-01", "Dataset name"), &datasets, |dataset| shown(&dataset.name));
        self.each(Of, ("DP-02", "Dataset description"), &datasets, |dataset| one(dataset.description.as_ref()));
        self.each(Of, ("DP-03", "Dataset content"), &datasets, |dataset| {
            data(dataset).content.into_iter().map(|(_, claim)| claim).collect()
        });
        self.each(Of, ("DP-04", "Dataset identifier"), &datasets, |dataset| shown(&dataset.reference));
        let digests = |dataset: &Component| dataset.digests.iter().flat_map(|digest| shown(&digest.hex())).collect();
        self.each(Of, ("DP-05", "Dataset hash"), &datasets, digests);
        self.each(Of, ("DP-06", "Dataset provenance"), &datasets, |dataset| data(dataset).provenance);
        self.each(Of, ("DP-07", "Dataset statistical properties"), &datasets, |dataset| {
            let wanted = |name: &str| name.contains("size") || name == "statistics" || name == "bytes";
            data(dataset).content.into_iter().filter(|(name, _)| wanted(name)).map(|(_, claim)| claim).collect()
        });
        self.each(Of, ("DP-08", "Dataset sensitivity"), &datasets, |dataset| data(dataset).sensitivity);
        let relations: Values = bom
            .edges
            .iter()
            .filter(|edge| matches!(edge.relation, Relation::TrainedOn | Relation::TestedOn))
            .map(|edge| Claim::new(edge.basis, format!("{} -> {}", edge.from, edge.to), &edge.source))
            .collect();
        self.put(Of, "DP-09", "Dataset dependency relationship", &relations);
        self.each(Of, ("DP-10", "Dataset licence"), &datasets, |dataset| all(&dataset.licences));
        self
    }

    fn rest(mut self) -> Self {
        let bom = self.bom;
        let named = |kinds: &[Kind]| -> Values {
            let found = bom.components.iter().filter(|component| kinds.contains(&component.kind));
            found.map(|component| Claim::new(Basis::Observed, &component.reference, "document")).collect()
        };
        let models = || bom.components.iter().filter_map(|component| component.model.as_ref());
        self.put(
            Cluster::Infrastructure,
            "INF-01",
            "Infrastructure software",
            &named(&[Kind::Library, Kind::Container, Kind::Application]),
        );
        let used = models().flat_map(|model| &model.environment).filter(|(name, _)| name == "hardware_used");
        let declared = bom.components.iter().filter(|component| component.kind == Kind::Device);
        let declared = declared.map(|device| Claim::new(Basis::Declared, &device.name, "overlay"));
        let hardware: Values = used.map(|(_, claim)| claim.clone()).chain(declared).collect();
        self.put(Cluster::Infrastructure, "INF-02", "Infrastructure hardware", &hardware);
        let property = |name: &str| {
            let found = bom.system.properties.iter().filter(move |(known, _)| known == name);
            found.map(|(_, value)| Claim::new(Basis::Declared, value, "overlay")).collect::<Values>()
        };
        let met = bom.controls.iter().filter(|(_, outcome, _)| outcome == "pass");
        let met = met.map(|(control, _, _)| Claim::new(Basis::Observed, control, "verdict"));
        let controls: Values = met.chain(property("headworks:security-control")).collect();
        self.put(Cluster::Security, "SP-01", "Security controls", &controls);
        self.put(Cluster::Security, "SP-02", "Security compliance", &property("headworks:compliance"));
        let policy =
            bom.system.links.iter().filter(|link| matches!(link.kind.as_str(), "security-contact" | "rfc-9116"));
        let policy: Values = policy.map(|link| Claim::new(Basis::Observed, &link.url, "files")).collect();
        self.put(Cluster::Security, "SP-03", "Cybersecurity policy information", &policy);
        let weaknesses =
            bom.weaknesses.iter().map(|weakness| Claim::new(Basis::Observed, &weakness.id, &weakness.source));
        self.put(Cluster::Security, "SP-04", "Vulnerability referencing", &weaknesses.collect::<Values>());
        let metrics = || models().flat_map(|model| &model.metrics);
        let security =
            metrics().filter(|metric| metric.name.starts_with("security:")).map(|metric| metric.claim.clone());
        self.put(Cluster::Performance, "KPI-01", "Security metrics", &security.collect::<Values>());
        let operational =
            metrics().filter(|metric| !metric.name.starts_with("security:")).map(|metric| metric.claim.clone());
        self.put(
            Cluster::Performance,
            "KPI-02",
            "Operational performance indicators",
            &operational.collect::<Values>(),
        );
        self
    }
}
