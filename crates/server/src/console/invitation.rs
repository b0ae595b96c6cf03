//! The page of an invitation: who invites to what; joining with a new account or the one that is there, and declining.

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use telamon_api::{Actor, UnitOfWork};
use telamon_authn::{Form, SecretHash};
use telamon_wire::{ErrorCode, Failure, PersonId};
use zeroize::Zeroizing;

use super::{
    Ask, Console, SIGN_IN_PATH, complaint, page,
    password::{new_password, new_password_fields},
    problem, redirect,
    sign_in::open_session,
    store,
    visit::Visit,
};
use crate::{
    resources::{
        invitations::{self, Invitation, Status},
        people::{self, Profile},
    },
    slow_hash,
};

/// What the paths of invitations begin with; the token of the mail follows.
pub(super) const INVITATIONS: &str = "/invitations/";
const MAX_NAME: usize = 64;

/// An invitation that can be answered, and what the page tells of it.
struct Open {
    invitation: Invitation,
    org: String,
    projects: Vec<(String, Vec<&'static str>)>,
    has_account: bool,
}

/// Who joins.
enum Joining {
    /// Whoever is signed in.
    AsActor,
    /// Somebody new, who is signed in by that.
    New { first_name: String, last_name: String, hash: String },
}

/// What the link of a mail ends with.
struct Token(String);

/// Joining by the token of a mail.
struct Join {
    token: String,
    joining: Joining,
    session: SecretHash,
}

impl Console {
    pub(super) async fn invitation(&self, visit: Visit, ask: &Ask<'_>) -> Result<Response, Failure> {
        let token = ask.path.strip_prefix(INVITATIONS).unwrap_or_default();
        let Some(open) = self.open(token, ask).await? else {
            return Ok(problem(
                StatusCode::NOT_FOUND,
                &visit,
                "Invitation not found",
                "It was answered or withdrawn, it has expired, or the link is incomplete. Open the link in the most recent \
                 e-mail, or ask the person who invited you for a new one.",
            ));
        };
        if !ask.is_post {
            return Ok(invitation_page(StatusCode::OK, &visit, ask, &open, None));
        }
        if ask.form.get("answer") == Some("decline") {
            // Whoever has the link can do that: who else they are is nobody's business.
            self.work.run(&Actor::stranger(ask.origin.address), Token(token.to_owned()), decline).await?;
            let content = html! { p.good role="status" { "You did not join " (open.org) "." } };
            return Ok(page(StatusCode::OK, &visit, "Invitation declined", content));
        }
        let joining = match (&visit.person, open.has_account) {
            (Some(person), _) if person.username == open.invitation.username => Joining::AsActor,
            (Some(_), _) | (None, true) => {
                let to_do = "Sign in with the e-mail address that was invited to answer this invitation.";
                return Ok(invitation_page(StatusCode::FORBIDDEN, &visit, ask, &open, Some(to_do)));
            }
            (None, false) => match new_account(&ask.form) {
                Ok((first_name, last_name, password)) => Joining::New {
                    first_name: first_name.to_owned(),
                    last_name: last_name.to_owned(),
                    hash: slow_hash::hash(password, Arc::clone(&self.services.entropy)).await?,
                },
                Err(wrong) => {
                    return Ok(invitation_page(StatusCode::BAD_REQUEST, &visit, ask, &open, Some(&wrong)));
                }
            },
        };
        // Whoever makes an account here is signed in by that.
        let is_new = matches!(joining, Joining::New { .. });
        let session = Visit::session(&self.proofs, &*self.services.entropy, &visit);
        let join_by = Join { token: token.to_owned(), joining, session: session.hash() };
        match self.work.run(&visit.actor(ask.origin.address), join_by, join).await {
            Ok(true) => Ok(redirect(if is_new { &session } else { &visit }, "/")),
            Ok(false) => {
                let to_do = "Open the link in the e-mail again.";
                Ok(problem(StatusCode::CONFLICT, &visit, "The invitation has changed", to_do))
            }
            Err(Failure::Known(full)) if full.code != ErrorCode::UNAUTHORIZED => {
                Ok(problem(StatusCode::CONFLICT, &visit, "Limit reached", &full.detail()))
            }
            Err(failure) => Err(failure),
        }
    }

    async fn open(&self, token: &str, ask: &Ask<'_>) -> Result<Option<Open>, Failure> {
        let mut tx = self.work.read().await?;
        let found = invitations::by_token(&mut tx, token).await?;
        let Some(invitation) = found.filter(|found| found.status(ask.now) == Status::Pending) else { return Ok(None) };
        let Some(org) = store::org_name(&mut tx, invitation.org).await? else { return Ok(None) };
        let mut projects = Vec::new();
        for grant in &invitation.project_roles {
            if let Some(name) = store::project_name(&mut tx, grant.project).await? {
                projects.push((name, grant.roles.iter().map(|role| role.as_str()).collect()));
            }
        }
        let has_account = store::password(&mut tx, &invitation.username).await?.is_some();
        tx.end();
        Ok(Some(Open { invitation, org, projects, has_account }))
    }
}

/// The invitation of a token, if it can be answered.
async fn pending(unit: &mut UnitOfWork, token: &str) -> Result<Option<Invitation>, Failure> {
    let (now, found) = (unit.now(), invitations::by_token(&mut unit.tx, token).await?);
    Ok(found.filter(|found| found.status(now) == Status::Pending))
}

async fn decline(unit: &mut UnitOfWork, Token(token): &Token) -> Result<(), Failure> {
    match pending(unit, token).await? {
        Some(invitation) => invitations::decline(unit, &invitation).await,
        None => Ok(()),
    }
}

/// Accepts the invitation, with a new account if there is none, which is signed in; `false` if somebody was faster.
async fn join(unit: &mut UnitOfWork, Join { token, joining, session }: &Join) -> Result<bool, Failure> {
    let now = unit.now();
    let Some(invitation) = pending(unit, token).await? else { return Ok(false) };
    let alive = store::org_name(&mut unit.tx, invitation.org).await?.is_some();
    let is_known = store::password(&mut unit.tx, &invitation.username).await?.is_some();
    if !alive || is_known != matches!(joining, Joining::AsActor) {
        return Ok(false);
    }
    let member: PersonId = match joining {
        Joining::AsActor => unit.demand_person()?,
        Joining::New { first_name, last_name, hash } => {
            let id = invitation.user_id;
            let profile = Profile {
                first_name: first_name.clone(),
                last_name: last_name.clone(),
                ..Profile::without_name("", now)
            };
            people::insert(&mut unit.tx, id, &invitation.username, hash, &profile).await?;
            open_session(unit, session, id).await?;
            id
        }
    };
    invitations::accept(unit, &invitation, member).await?;
    Ok(true)
}

/// First name, last name and password of a new account, or what is wrong with them.
fn new_account(form: &Form) -> Result<(&str, &str, Zeroizing<String>), String> {
    let is_name = |name: &&str| (1..=MAX_NAME).contains(&name.chars().count()) && !name.contains(char::is_control);
    let name = |field| form.get(field).map(str::trim).filter(is_name);
    let (Some(first), Some(last)) = (name("first_name"), name("last_name")) else {
        return Err(format!(
            "First name and last name must have 1 to {MAX_NAME} characters each, and no control characters."
        ));
    };
    Ok((first, last, new_password(form)?))
}

fn invitation_page(status: StatusCode, visit: &Visit, ask: &Ask<'_>, open: &Open, error: Option<&str>) -> Response {
    let Open { invitation, org, projects, has_account } = open;
    let is_invited = visit.person.as_ref().is_some_and(|person| person.username == invitation.username);
    let content = html! {
        (complaint(error))
        dl {
            dt { "Invited by" } dd { (invitation.inviter_username) }
            dt { "Invited" } dd { (invitation.username) }
            @if !invitation.org_roles.is_empty() {
                dt { "Roles in the organization" }
                @for role in &invitation.org_roles { dd { (role.as_str()) } }
            }
            @for (name, roles) in projects {
                dt { "Roles in the project " (name) }
                @for role in roles { dd { (role) } }
            }
        }
        form method="post" action=(ask.path) {
            (visit.proof())
            @if is_invited {
                (answers(true))
            } @else if let Some(person) = &visit.person {
                p { "You are signed in as " (person.username) ". Sign out to join as " (invitation.username) "." }
                (answers(false))
            } @else if *has_account {
                p { a href={ (SIGN_IN_PATH) "?next=" (ask.path) } { "Sign in to join" } }
                (answers(false))
            } @else {
                (fields(&ask.form))
                (answers(true))
            }
        }
    };
    page(status, visit, &format!("Join {org}?"), content)
}

fn fields(form: &Form) -> Markup {
    let typed = |name| form.get(name).unwrap_or_default();
    html! {
        label {
            "First name"
            input name="first_name" autocomplete="given-name" maxlength=(MAX_NAME) required value=(typed("first_name"));
        }
        label {
            "Last name"
            input name="last_name" autocomplete="family-name" maxlength=(MAX_NAME) required value=(typed("last_name"));
        }
        (new_password_fields())
    }
}

fn answers(can_join: bool) -> Markup {
    html! {
        div.choice {
            @if can_join { button name="answer" value="join" { "Join" } }
            button.other name="answer" value="decline" formnovalidate { "Decline" }
        }
    }
}
