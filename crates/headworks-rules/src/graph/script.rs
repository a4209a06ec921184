//! Classes that the code of a TorchScript archive defines, and that its pickles may therefore name.

use std::collections::HashSet;

use headworks_types::fact::GraphFact;
use headworks_types::{FactKind, Place};

use super::operators;
use crate::Evidence;

/// The classes of all archives of the evidence.
pub(crate) struct Scripted {
    /// The archive, as its place without the member, and `module.name` of the class.
    classes: HashSet<(Place, String)>,
}

impl Scripted {
    pub(crate) fn of(evidence: &Evidence<'_>) -> Self {
        let classes = evidence.facts.iter().filter_map(|fact| match &fact.kind {
            FactKind::Graph(GraphFact::Object { framework, module, name, .. }) if framework == "torchscript" => {
                Some((archive(&fact.location.place), format!("{module}.{name}")))
            }
            _ => None,
        });
        Self { classes: classes.collect() }
    }

    /// Whether `name`, in a pickle at `place`, is a class of the same archive's code or one that torch's
    /// own libraries register. No Python module is called `__torch__`, so nothing else can be meant.
    pub(crate) fn defines(&self, place: &Place, name: &str) -> bool {
        if self.classes.is_empty() || !name.starts_with("__torch__.") {
            return false;
        }
        let registered = name.strip_prefix("__torch__.torch.").and_then(|class| class.rsplit_once('.'));
        self.classes.contains(&(archive(place), name.to_owned()))
            || registered.is_some_and(|(domain, class)| operators::lists("torchscript", domain, class))
    }
}

fn archive(member: &Place) -> Place {
    let members = member.members().split_last().map_or(&[][..], |(_, above)| above);
    members.iter().fold(Place::file(member.file_path()), |place, name| place.member(name))
}

#[cfg(test)]
mod tests {
    use headworks_types::Fact;

    use super::*;

    fn evidence() -> [Fact; 1] {
        let (framework, key) = ("torchscript".into(), "__torch__.py".into());
        let kind = GraphFact::Object { framework, key, module: "__torch__".into(), name: "Net".into() };
        let place = Place::file("m.pt").member("m/code/__torch__.py");
        [Fact { location: place.at(0..0), times: 1, kind: kind.into() }]
    }

    #[test]
    fn a_class_of_the_archives_own_code_is_defined_there_and_nowhere_else() {
        let facts = evidence();
        let scripted = Scripted::of(&Evidence::of(&facts));
        assert!(scripted.defines(&Place::file("m.pt").member("m/data.pkl"), "__torch__.Net"));
        assert!(!scripted.defines(&Place::file("m.pt").member("m/data.pkl"), "__torch__.Other"));
        assert!(!scripted.defines(&Place::file("other.pt").member("m/data.pkl"), "__torch__.Net"));
        assert!(!scripted.defines(&Place::file("m.pt").member("m/data.pkl"), "os.system"));
    }

    #[test]
    fn classes_of_quantised_layers_are_torchs_own() {
        let facts = evidence();
        let scripted = Scripted::of(&Evidence::of(&facts));
        let place = Place::file("m.pt").member("m/data.pkl");
        assert!(scripted.defines(&place, "__torch__.torch.classes.quantized.LinearPackedParamsBase"));
        assert!(!scripted.defines(&place, "__torch__.torch.classes.acme.Runner"));
    }
}
