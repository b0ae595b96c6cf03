//! What a role can permit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An action of MongoDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
pub enum Action {
    Find,
    Insert,
    Remove,
    Update,
    BypassDocumentValidation,
    UseUuid,
    KillOp,
    BypassDefaultMaxTimeMs,
    CreateCollection,
    CreateIndex,
    DropCollection,
    EnableProfiler,
    KillAnyCursor,
    Analyze,
    ChangeStream,
    CollMod,
    Compact,
    ConvertToCapped,
    DropDatabase,
    DropIndex,
    ReIndex,
    RenameCollectionSameDb,
    SetUserWriteBlock,
    BypassUserWriteBlock,
    ListSessions,
    KillAnySession,
    CollStats,
    ConnPoolStats,
    DbHash,
    DbStats,
    GetCmdLineOpts,
    GetLog,
    GetParameter,
    GetShardMap,
    HostInfo,
    InProg,
    ListDatabases,
    ListCollections,
    ListIndexes,
    ListShards,
    NetStat,
    ReplSetGetConfig,
    ReplSetGetStatus,
    ServerStatus,
    Validate,
    ShardingState,
    Top,
    SqlGetSchema,
    SqlSetSchema,
    ViewAllHistory,
    OutToS3,
    OutToAzure,
    OutToGcs,
    StorageGetConfig,
    StorageSetConfig,
    FlushRouterConfig,
    EnableSharding,
    CheckMetadataConsistency,
    MoveChunk,
    SplitChunk,
    AnalyzeShardKey,
    RefineCollectionShardKey,
    ClearJumboFlag,
    ReshardCollection,
    ShardedDataDistribution,
    GetStreamProcessor,
    CreateStreamProcessor,
    ProcessStreamProcessor,
    ModifyStreamProcessor,
    StartStreamProcessor,
    StopStreamProcessor,
    DropStreamProcessor,
    SampleStreamProcessor,
    ListStreamProcessors,
    ListConnections,
    StreamProcessorStats,
    CreateSearchIndex,
    DropSearchIndex,
    ListSearchIndexes,
    UpdateSearchIndex,
}

/// What an action is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The whole deployment, and nothing less.
    Cluster,
    /// Databases and collections.
    Namespace,
    /// The one or the other.
    Either,
}

impl Action {
    /// What it is done to. Where MongoDB's manual does not name one kind of resource alone, either will do.
    pub const fn reach(self) -> Reach {
        match self {
            Self::UseUuid
            | Self::KillOp
            | Self::BypassDefaultMaxTimeMs
            | Self::SetUserWriteBlock
            | Self::BypassUserWriteBlock
            | Self::ListSessions
            | Self::KillAnySession
            | Self::ConnPoolStats
            | Self::GetCmdLineOpts
            | Self::GetLog
            | Self::GetParameter
            | Self::GetShardMap
            | Self::HostInfo
            | Self::InProg
            | Self::ListDatabases
            | Self::ListShards
            | Self::NetStat
            | Self::ReplSetGetConfig
            | Self::ReplSetGetStatus
            | Self::ServerStatus
            | Self::ShardingState
            | Self::Top
            | Self::FlushRouterConfig => Reach::Cluster,
            Self::Find
            | Self::Insert
            | Self::Remove
            | Self::Update
            | Self::BypassDocumentValidation
            | Self::CreateCollection
            | Self::CreateIndex
            | Self::DropCollection
            | Self::EnableProfiler
            | Self::KillAnyCursor
            | Self::ChangeStream
            | Self::CollMod
            | Self::Compact
            | Self::ConvertToCapped
            | Self::DropDatabase
            | Self::DropIndex
            | Self::ReIndex
            | Self::RenameCollectionSameDb
            | Self::CollStats
            | Self::DbHash
            | Self::DbStats
            | Self::ListCollections
            | Self::ListIndexes
            | Self::Validate => Reach::Namespace,
            _ => Reach::Either,
        }
    }
}
