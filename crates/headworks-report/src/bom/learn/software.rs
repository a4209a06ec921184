//! Packages, images and tool servers.

use headworks_types::fact::{
    AgentFact, BuildFact, CardFact, Ecosystem, ImagePin, PackageFact, RepositoryFact, RequirementKind,
};
use headworks_types::{Fact, FactKind};

use super::range::vers;
use super::{Learnt, folder, last_part};
use crate::bom::model::{Basis, Claim, Component, Kind, Relation};

impl Learnt<'_> {
    pub(super) fn software(&mut self) {
        for fact in self.facts() {
            match &fact.kind {
                FactKind::Package(package) => self.package(fact, package),
                FactKind::Build(BuildFact::Image { image, pin, .. }) => self.image(fact, image, *pin),
                FactKind::Agent(agent) => self.agent(fact, agent),
                FactKind::Card(CardFact::Field { key, value }) if key == "library_name" => {
                    self.library(fact, value, None);
                }
                FactKind::Repository(RepositoryFact::Setting { key, value }) if key == "transformers_version" => {
                    self.library(fact, "transformers", Some(value.trim_matches('"')));
                }
                _ => {}
            }
        }
    }

    fn package(&mut self, fact: &Fact, package: &PackageFact) {
        let path = fact.location.place.file_path();
        match package {
            PackageFact::Identity { ecosystem, name, version } => {
                let mut own = library(*ecosystem, name, Some(version));
                own.version = Some(Claim::new(Basis::Observed, version, path));
                own.files = self.files_in(folder(path)).filter(|file| file.path == path).cloned().collect();
                own.digests = own.files.iter().filter_map(|file| file.digest).collect();
                self.depend(own, fact);
            }
            PackageFact::Requirement { ecosystem, name, target, kind } if !name.is_empty() => {
                let pinned = matches!(kind, RequirementKind::Pinned | RequirementKind::Hashed);
                let version = target.trim_start_matches('=').trim();
                let mut wanted = library(*ecosystem, name, pinned.then_some(version));
                wanted.version = pinned.then(|| Claim::new(Basis::Stated, version, path));
                wanted.range = if *kind == RequirementKind::Open { vers(*ecosystem, target) } else { None };
                if !pinned && !target.is_empty() {
                    wanted.properties.push(("headworks:requirement".into(), target.clone()));
                }
                wanted.properties.push(("headworks:pinned".into(), pin(*kind).into()));
                self.depend(wanted, fact);
            }
            _ => {}
        }
    }

    /// A library that a card or a configuration names; a version in it wrote the file, and is none to install.
    fn library(&mut self, fact: &Fact, name: &str, written_by: Option<&str>) {
        let is_there = |known: &&mut Component| known.kind == Kind::Library && known.name.eq_ignore_ascii_case(name);
        let mut wanted = match self.bom.components.iter_mut().find(is_there) {
            Some(known) => known.clone(),
            None => library(Ecosystem::Python, name, None),
        };
        let note = written_by.map(|version| ("headworks:written-with".to_owned(), version.to_owned()));
        wanted.properties.extend(note.filter(|note| !wanted.properties.contains(note)));
        self.bom.components.retain(|known| known.reference != wanted.reference);
        self.references.remove(&wanted.reference);
        self.depend(wanted, fact);
    }

    fn image(&mut self, fact: &Fact, image: &str, pin: ImagePin) {
        if image.contains('$') || image == "scratch" {
            return;
        }
        let (path, digest) = image.split_once('@').map_or((image, None), |(path, digest)| (path, Some(digest)));
        let (name, tag) = match path.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (path, None),
        };
        let mut component = Component::new(Kind::Container, format!("image:{image}"), name);
        let place = fact.location.place.file_path();
        component.version = digest.map(|digest| Claim::new(Basis::Stated, digest, place));
        component.properties.extend(tag.map(|tag| ("headworks:tag".to_owned(), tag.to_owned())));
        component
            .properties
            .push(("headworks:pinned".into(), if pin == ImagePin::Digest { "digest" } else { "no" }.into()));
        let short = last_part(name).to_lowercase();
        let repository =
            if name.contains('/') { format!("?repository_url={}", name.to_lowercase()) } else { String::new() };
        component.purl = Some(match digest {
            Some(digest) => format!("pkg:oci/{short}@{}{repository}", digest.replace(':', "%3A")),
            None => format!("pkg:oci/{short}{repository}"),
        });
        component.digests = digest.and_then(|digest| digest.parse().ok()).into_iter().collect();
        self.depend(component, fact);
    }

    fn agent(&mut self, fact: &Fact, agent: &AgentFact) {
        let component = match agent {
            AgentFact::ServerCommand { server, command } => {
                let mut component = Component::new(Kind::Application, format!("server:{server}"), server);
                component.properties.push(("headworks:command".into(), command.clone()));
                component
            }
            AgentFact::ServerUrl { server, url } => {
                let mut component = Component::new(Kind::Service, format!("server:{server}"), server);
                component.properties.push(("headworks:endpoint".into(), url.clone()));
                component
            }
            AgentFact::ServerPackage { server, package, version } => {
                let mut component = Component::new(Kind::Application, format!("server:{server}"), server);
                let place = fact.location.place.file_path();
                component.version = (!version.is_empty()).then(|| Claim::new(Basis::Stated, version, place));
                component.properties.push(("headworks:package".into(), package.clone()));
                component
            }
            _ => return,
        };
        self.depend(component, fact);
    }

    /// What the file that names it belongs to does not work without it.
    fn depend(&mut self, component: Component, fact: &Fact) {
        let path = fact.location.place.file_path();
        let (reference, owner) = (component.reference.clone(), self.owner(path));
        self.add(component);
        self.link(&owner, Relation::DependsOn, &reference, &Claim::new(Basis::Stated, "", path));
    }
}

/// A package without a version has a purl without one.
fn library(ecosystem: Ecosystem, name: &str, version: Option<&str>) -> Component {
    let purl = ecosystem.package_url(name, version);
    let mut component = Component::new(Kind::Library, purl.clone(), name);
    component.purl = Some(purl);
    component
}

fn pin(kind: RequirementKind) -> &'static str {
    match kind {
        RequirementKind::Pinned => "version",
        RequirementKind::Hashed | RequirementKind::HashedUrl => "digest",
        RequirementKind::RepositoryCommit => "commit",
        _ => "no",
    }
}
