//! The tables of a model that refer to others, and how many fields each has.
//!
//! Source: `model.fbs`, `features.fbs`, `ctr_data.fbs`, `text_processing_collection.fbs`, `feature_calcers.fbs`,
//! `embedding_processing_collection.fbs`, `embedding_feature_calcers.fbs` and `dictionary_meta_info.fbs` of
//! CatBoost 1.2.10.

use crate::flatbuffer::{Field, Kind, Layout};

/// Bytes of a `TGuid`.
const GUID: u64 = 16;

static KEY_VALUE: Layout = Layout::new("TKeyValue", 2, &[Field(0, Kind::Text), Field(1, Kind::Text)]);
static FLOAT_FEATURE: Layout = Layout::new("TFloatFeature", 6, &[Field(3, Kind::Numbers(4)), Field(4, Kind::Text)]);
static CAT_FEATURE: Layout = Layout::new("TCatFeature", 4, &[Field(2, Kind::Text)]);
static TEXT_FEATURE: Layout = Layout::new("TTextFeature", 4, &[Field(2, Kind::Text)]);
static EMBEDDING_FEATURE: Layout = Layout::new("TEmbeddingFeature", 5, &[Field(2, Kind::Text)]);
static ESTIMATED_FEATURE: Layout = Layout::new("TEstimatedFeature", 5, &[Field(3, Kind::Numbers(4))]);
static ONE_HOT_FEATURE: Layout = Layout::new("TOneHotFeature", 3, &[Field(1, Kind::Numbers(4)), Field(2, Kind::Texts)]);
static FEATURE_COMBINATION: Layout = Layout::new(
    "TFeatureCombination",
    3,
    &[Field(0, Kind::Numbers(4)), Field(1, Kind::Numbers(8)), Field(2, Kind::Numbers(8))],
);
static MODEL_CTR_BASE: Layout = Layout::new("TModelCtrBase", 3, &[Field(0, Kind::Table(&FEATURE_COMBINATION))]);
static MODEL_CTR: Layout = Layout::new("TModelCtr", 6, &[Field(0, Kind::Table(&MODEL_CTR_BASE))]);
static CTR_FEATURE: Layout =
    Layout::new("TCtrFeature", 2, &[Field(0, Kind::Table(&MODEL_CTR)), Field(1, Kind::Numbers(4))]);

/// Statistics of one combination of categories.
pub(super) static CTR_VALUE_TABLE: Layout = Layout::new(
    "TCtrValueTable",
    5,
    &[Field(0, Kind::Table(&MODEL_CTR_BASE)), Field(1, Kind::Numbers(1)), Field(2, Kind::Numbers(1))],
);

static MODEL_TREES: Layout = Layout::new(
    "TModelTrees",
    19,
    &[
        Field(1, Kind::Numbers(4)),
        Field(2, Kind::Numbers(4)),
        Field(3, Kind::Numbers(4)),
        Field(4, Kind::Tables(&CAT_FEATURE)),
        Field(5, Kind::Tables(&FLOAT_FEATURE)),
        Field(6, Kind::Tables(&ONE_HOT_FEATURE)),
        Field(7, Kind::Tables(&CTR_FEATURE)),
        Field(8, Kind::Numbers(8)),
        Field(9, Kind::Numbers(8)),
        Field(10, Kind::Numbers(4)),
        Field(11, Kind::Numbers(4)),
        Field(12, Kind::Tables(&TEXT_FEATURE)),
        Field(13, Kind::Tables(&ESTIMATED_FEATURE)),
        Field(16, Kind::Numbers(8)),
        Field(17, Kind::Numbers(4)),
        Field(18, Kind::Tables(&EMBEDDING_FEATURE)),
    ],
);

/// The core of a model.
pub(super) static MODEL_CORE: Layout = Layout::new(
    "TModelCore",
    4,
    &[
        Field(0, Kind::Text),
        Field(1, Kind::Table(&MODEL_TREES)),
        Field(2, Kind::Tables(&KEY_VALUE)),
        Field(3, Kind::Texts),
    ],
);

static ADJACENCY_LIST: Layout = Layout::new("AdjacencyList", 1, &[Field(0, Kind::Numbers(4))]);

/// Which tokenizers, dictionaries and calculators each text goes through.
pub(super) static TEXT_HEADER: Layout = Layout::new(
    "TCollectionHeader",
    5,
    &[
        Field(0, Kind::Numbers(GUID)),
        Field(1, Kind::Numbers(GUID)),
        Field(2, Kind::Numbers(GUID)),
        Field(3, Kind::Tables(&ADJACENCY_LIST)),
        Field(4, Kind::Tables(&ADJACENCY_LIST)),
    ],
);

/// Which calculators each embedding goes through.
pub(super) static EMBEDDING_HEADER: Layout =
    Layout::new("TCollectionHeader", 2, &[Field(0, Kind::Numbers(GUID)), Field(1, Kind::Tables(&ADJACENCY_LIST))]);

/// What follows within a collection.
pub(super) static COLLECTION_PART: Layout = Layout::new("TCollectionPart", 2, &[]);

static DICTIONARY_OPTIONS: Layout = Layout::new("TDictionaryOptions", 6, &[]);

/// Size and options of a dictionary.
pub(super) static DICTIONARY_META: Layout =
    Layout::new("TDictionaryMetaInfo", 4, &[Field(1, Kind::Table(&DICTIONARY_OPTIONS))]);

static BM25: Layout = Layout::new("TBM25", 7, &[Field(5, Kind::Numbers(8)), Field(6, Kind::Numbers(8))]);
static NAIVE_BAYES: Layout = Layout::new("TNaiveBayes", 6, &[Field(4, Kind::Numbers(4)), Field(5, Kind::Numbers(8))]);
static BAG_OF_WORDS: Layout = Layout::new("TBoW", 1, &[]);

/// A calculator of features of texts.
pub(super) static TEXT_CALCULATOR: Layout = Layout::new(
    "TFeatureCalcer",
    4,
    &[Field(1, Kind::Numbers(4)), Field(3, Kind::Union(&[(1, &BM25), (2, &NAIVE_BAYES), (3, &BAG_OF_WORDS)]))],
);

static DISCRIMINANT: Layout = Layout::new("TLDA", 6, &[Field(4, Kind::Numbers(4))]);
static NEIGHBOURS: Layout = Layout::new("TKNN", 5, &[]);

/// A calculator of features of embeddings.
pub(super) static EMBEDDING_CALCULATOR: Layout = Layout::new(
    "TEmbeddingCalcer",
    4,
    &[Field(1, Kind::Numbers(4)), Field(3, Kind::Union(&[(1, &DISCRIMINANT), (2, &NEIGHBOURS)]))],
);
