//! The one writer: transactions pass through it one at a time, each as a savepoint, and those that queue up share one
//! commit.
//!
//! What always holds:
//! - Whoever was in a group is answered after its commit: those that keep their savepoint, and those that rolled theirs
//!   back, because they may have read what the others wrote.
//! - When the lock is free and a group is open, somebody is queued who will end it, or the commit thread has been told
//!   to look. So no group is ever left behind.
//! - When the group is gone (SQLite rolls back all of it for a full disk and the like) or its commit fails, everybody
//!   in it hears that the database is not available, and the writer works again.
//! - A transaction that announces its commit is the last of its group, and it is announced on the commit thread before
//!   anybody in the group is answered and before anybody else has the writer. It is announced as well when the commit
//!   fails: whoever is told has to look.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::{all, fault_of, run};
use crate::fault::unavailable;
use crate::{Announce, Fault, FromRow, OpenError, Options, Sql, Value};

/// The log is written back when it holds so many pages, with nobody waiting for it.
const CHECKPOINT_PAGES: usize = 1_000;
/// From here on a checkpoint waits for readers, so that the log can start over.
const RESTART_PAGES: usize = 16_000;
/// How long it waits for them.
const RESTART_WAIT: Duration = Duration::from_millis(200);

/// What became of a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Committed,
    Lost,
}

/// The connection and its open group.
pub(crate) struct Writer {
    connection: Connection,
    /// When the group was opened; `None` while no transaction is open.
    began: Option<Instant>,
    /// One for each transaction that has ended in the group.
    waiters: Vec<oneshot::Sender<Outcome>>,
    /// Called before they are answered.
    announce: Option<Announce>,
    wal_pages: Arc<AtomicUsize>,
    commits: Arc<AtomicU64>,
    busy_timeout: Duration,
    closed: bool,
}

impl Writer {
    /// Begins the group, if none is open.
    fn open_group(&mut self) -> rusqlite::Result<()> {
        if self.began.is_none() {
            if !self.connection.is_autocommit() {
                self.connection.execute_batch("ROLLBACK")?;
            }
            self.execute("BEGIN IMMEDIATE")?;
            self.began = Some(Instant::now());
        }
        Ok(())
    }

    /// The same, but waits for another process that writes.
    fn wait_and_open_group(&mut self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(self.busy_timeout)?;
        let opened = self.open_group();
        self.connection.busy_timeout(Duration::ZERO)?;
        opened
    }

    fn execute(&self, text: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(text)?.execute([]).map(drop)
    }

    /// Commits the group and answers everybody in it. Runs on the commit thread only.
    fn commit(&mut self) {
        if self.began.is_none() {
            return;
        }
        match self.execute("COMMIT") {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                self.answer(Outcome::Committed);
                self.checkpoint();
            }
            Err(error) => self.lose(&error),
        }
    }

    /// The whole group is rolled back, and everybody in it hears so.
    fn lose(&mut self, reason: &dyn std::fmt::Display) {
        tracing::error!(%reason, transactions = self.waiters.len(), "a group of transactions is lost");
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "the writer cannot roll back; it will try again before the next group");
        }
        self.answer(Outcome::Lost);
    }

    fn answer(&mut self, outcome: Outcome) {
        self.began = None;
        if let Some(announce) = self.announce.take() {
            announce();
        }
        for waiter in self.waiters.drain(..) {
            // Whoever does not wait any more needs no answer.
            let _ = waiter.send(outcome);
        }
    }

    /// After any error: SQLite may have rolled back more than the statement.
    fn look_after_error(&mut self) {
        if self.began.is_some() && self.connection.is_autocommit() {
            self.lose(&"SQLite rolled back the whole transaction");
        }
    }

    fn checkpoint(&mut self) {
        let pages = self.wal_pages.load(Ordering::Relaxed);
        if pages < CHECKPOINT_PAGES {
            return;
        }
        let restart = pages >= RESTART_PAGES;
        let text = if restart { "PRAGMA wal_checkpoint(RESTART)" } else { "PRAGMA wal_checkpoint(PASSIVE)" };
        let wait = if restart { RESTART_WAIT } else { Duration::ZERO };
        let done = self
            .connection
            .busy_timeout(wait)
            .and_then(|()| self.connection.query_row(text, [], |_| Ok(())))
            .and_then(|()| self.connection.busy_timeout(Duration::ZERO));
        if let Err(error) = done {
            tracing::warn!(%error, "the write-ahead log could not be written back; it is kept and grows");
        }
    }

    fn close(&mut self) {
        self.commit();
        self.closed = true;
        if let Err(error) = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the write-ahead log could not be written back; the next start will do it");
        }
    }
}

/// What the commit thread is asked for.
enum Command {
    /// Commit the group, and unlock the writer.
    Commit(OwnedMutexGuard<Writer>),
    /// Commit the group if nobody holds the writer: whoever holds it decides about the group afterwards.
    Look,
    /// Open a group, waiting for another process.
    Open(Seat, oneshot::Sender<Result<Seat, Fault>>),
    /// Commit, write the log back, and end.
    Close(OwnedMutexGuard<Writer>, oneshot::Sender<()>),
}

fn commit_thread(writer: &Arc<Mutex<Writer>>, commands: &mpsc::Receiver<Command>) {
    while let Ok(command) = commands.recv() {
        match command {
            Command::Commit(mut writer) => writer.commit(),
            Command::Look => {
                fence(Ordering::SeqCst);
                if let Ok(mut writer) = Arc::clone(writer).try_lock_owned() {
                    writer.commit();
                }
            }
            Command::Open(mut seat, answer) => {
                let opened = seat.writer().and_then(|writer| writer.wait_and_open_group().map_err(fault_of));
                // If nobody takes the seat, it is dropped, and that ends the group.
                drop(answer.send(opened.map(|()| seat)));
            }
            Command::Close(mut writer, done) => {
                writer.close();
                drop(writer);
                let _ = done.send(());
                return;
            }
        }
    }
}

/// The queue for the writer.
pub(crate) struct Queue {
    writer: Arc<Mutex<Writer>>,
    /// How many wait for the lock.
    queued: AtomicUsize,
    thread: mpsc::Sender<Command>,
    commits: Arc<AtomicU64>,
    group_size: usize,
    group_age: Duration,
    wait: Duration,
}

impl Queue {
    pub(super) fn start(mut connection: Connection, options: &Options) -> Result<Arc<Self>, OpenError> {
        let wal_pages = Arc::new(AtomicUsize::new(0));
        let pages = Arc::clone(&wal_pages);
        // The hook takes the place of automatic checkpoints, which would make a commit wait.
        let hook = move |_: &mut rusqlite::hooks::Wal, held: i32| {
            pages.store(usize::try_from(held).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        };
        connection
            .wal_hook(Some(hook))
            .and_then(|()| connection.busy_timeout(Duration::ZERO))
            .map_err(|source| OpenError::Sqlite { path: connection.path().unwrap_or_default().into(), source })?;
        let commits = Arc::new(AtomicU64::new(0));
        let writer = Arc::new(Mutex::new(Writer {
            connection,
            began: None,
            waiters: Vec::new(),
            announce: None,
            wal_pages,
            commits: Arc::clone(&commits),
            busy_timeout: options.busy_timeout,
            closed: false,
        }));
        let (thread, commands) = mpsc::channel();
        let of_thread = Arc::clone(&writer);
        std::thread::Builder::new()
            .name("sqlite-commit".into())
            .spawn(move || commit_thread(&of_thread, &commands))
            .map_err(OpenError::Thread)?;
        Ok(Arc::new(Self {
            writer,
            queued: AtomicUsize::new(0),
            thread,
            commits,
            group_size: options.group_size.max(1),
            group_age: options.group_age,
            wait: options.wait,
        }))
    }

    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// How many wait for the writer.
    pub(crate) fn waiting(&self) -> u64 {
        self.queued.load(Ordering::SeqCst) as u64
    }

    /// A savepoint in the open group, or in a new one.
    pub(crate) async fn begin(self: &Arc<Self>) -> Result<Seat, Fault> {
        let writer = self.lock().await?;
        let mut seat = Seat { queue: Arc::clone(self), writer: Some(writer) };
        if seat.writer()?.closed {
            return Err(unavailable(&"the database is closed"));
        }
        if let Err(error) = seat.writer()?.open_group() {
            if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) {
                return Err(fault_of(error));
            }
            seat = self.wait_for_other_process(seat).await?;
        }
        seat.writer()?.execute("SAVEPOINT handler").map_err(fault_of)?;
        Ok(seat)
    }

    async fn lock(self: &Arc<Self>) -> Result<OwnedMutexGuard<Writer>, Fault> {
        // Declared first, so that it is dropped last: when it tells the thread to look, the lock has been let go.
        let ticket = Ticket::draw(self);
        let writer = match Arc::clone(&self.writer).try_lock_owned() {
            Ok(writer) => writer,
            Err(_) => tokio::time::timeout(self.wait, Arc::clone(&self.writer).lock_owned())
                .await
                .map_err(|_| unavailable(&"too many transactions wait to write"))?,
        };
        ticket.redeem();
        Ok(writer)
    }

    /// The thread waits, because a worker of the runtime must not.
    async fn wait_for_other_process(&self, seat: Seat) -> Result<Seat, Fault> {
        let (answer, answered) = oneshot::channel();
        self.thread.send(Command::Open(seat, answer)).map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }

    /// Gives the writer to the next in the queue, or has the group committed.
    fn pass_on(&self, writer: OwnedMutexGuard<Writer>) {
        let young = writer.began.is_some_and(|began| began.elapsed() < self.group_age);
        if young
            && writer.announce.is_none()
            && writer.waiters.len() < self.group_size
            && self.queued.load(Ordering::SeqCst) > 0
        {
            drop(writer);
            // The last in the queue may have gone away before the lock was free.
            fence(Ordering::SeqCst);
            if self.queued.load(Ordering::SeqCst) == 0 {
                self.look();
            }
        } else if let Err(mpsc::SendError(Command::Commit(mut writer))) = self.thread.send(Command::Commit(writer)) {
            writer.lose(&"the thread that commits has ended");
        }
    }

    fn look(&self) {
        // Without the thread there is nothing that could be committed.
        drop(self.thread.send(Command::Look));
    }

    pub(super) async fn close(self: &Arc<Self>) {
        let (done, is_done) = oneshot::channel();
        let ticket = Ticket::draw(self);
        let writer = Arc::clone(&self.writer).lock_owned().await;
        ticket.redeem();
        if self.thread.send(Command::Close(writer, done)).is_ok() {
            drop(is_done.await);
        }
    }
}

fn ended() -> Fault {
    unavailable(&"the thread that commits has ended")
}

/// A place in the queue. Whoever leaves it without having had the writer tells the thread to look after the group, for
/// which it may have been the last.
struct Ticket<'a> {
    queue: &'a Queue,
    redeemed: bool,
}

impl<'a> Ticket<'a> {
    fn draw(queue: &'a Queue) -> Self {
        queue.queued.fetch_add(1, Ordering::SeqCst);
        Self { queue, redeemed: false }
    }

    fn redeem(mut self) {
        self.redeemed = true;
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let before = self.queue.queued.fetch_sub(1, Ordering::SeqCst);
        if !self.redeemed && before == 1 {
            self.queue.look();
        }
    }
}

/// One open transaction: the writer is held. Dropping it rolls back.
pub(crate) struct Seat {
    queue: Arc<Queue>,
    writer: Option<OwnedMutexGuard<Writer>>,
}

impl Seat {
    fn writer(&mut self) -> Result<&mut Writer, Fault> {
        self.writer.as_deref_mut().ok_or(Fault::Unavailable)
    }

    fn with<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let writer = self.writer()?;
        if writer.began.is_none() {
            return Err(Fault::Unavailable);
        }
        let done = work(&writer.connection);
        if done.is_err() {
            writer.look_after_error();
            if writer.began.is_none() {
                return Err(Fault::Unavailable);
            }
        }
        done
    }

    pub(crate) fn run(&mut self, sql: Sql, args: &[Value]) -> Result<u64, Fault> {
        self.with(|connection| run(connection, sql, args))
    }

    pub(crate) fn all<T: FromRow>(&mut self, sql: Sql, args: &[Value]) -> Result<Vec<T>, Fault> {
        self.with(|connection| all(connection, sql, args))
    }

    pub(crate) fn batch(&mut self, text: &str) -> Result<(), Fault> {
        self.with(|connection| connection.execute_batch(text).map_err(fault_of))
    }

    pub(crate) fn prepare(&mut self, sql: Sql) -> Result<(), Fault> {
        self.with(|connection| connection.prepare(sql.sqlite()).map(drop).map_err(fault_of))
    }

    /// Keeps what was written, and answers when the group is committed.
    pub(crate) async fn commit(mut self, announce: Option<Announce>) -> Result<(), Fault> {
        let left = self.leave(true, announce)?;
        outcome(left).await
    }

    /// Undoes what was written, and answers when the group is committed.
    pub(crate) async fn roll_back(mut self) -> Result<(), Fault> {
        let left = self.leave(false, None)?;
        outcome(left).await
    }

    /// Ends the savepoint and gives the writer away. `None`: there is nothing to wait for.
    fn leave(&mut self, keep: bool, announce: Option<Announce>) -> Result<Option<oneshot::Receiver<Outcome>>, Fault> {
        let mut writer = self.writer.take().ok_or(Fault::Unavailable)?;
        if writer.began.is_none() {
            return Err(Fault::Unavailable);
        }
        // Whoever rolls back and was the first has seen nothing of others: nobody needs a commit.
        let undo_all = !keep && writer.waiters.is_empty();
        let ended = if undo_all {
            writer.execute("ROLLBACK")
        } else if keep {
            writer.execute("RELEASE handler")
        } else {
            writer.execute("ROLLBACK TO handler").and_then(|()| writer.execute("RELEASE handler"))
        };
        if let Err(error) = ended {
            writer.lose(&error);
            return Err(Fault::Unavailable);
        }
        if undo_all {
            writer.began = None;
            return Ok(None);
        }
        let (answer, answered) = oneshot::channel();
        writer.waiters.push(answer);
        writer.announce = announce;
        self.queue.pass_on(writer);
        Ok(Some(answered))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Nobody waits for the outcome of what is rolled back here.
        drop(self.leave(false, None));
    }
}

async fn outcome(left: Option<oneshot::Receiver<Outcome>>) -> Result<(), Fault> {
    match left {
        None => Ok(()),
        Some(answer) => match answer.await {
            Ok(Outcome::Committed) => Ok(()),
            Ok(Outcome::Lost) | Err(_) => Err(Fault::Unavailable),
        },
    }
}
