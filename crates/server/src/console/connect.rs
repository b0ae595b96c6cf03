//! The page of RFC 8628, section 3.3: a person enters the code that a program shows, sees who asks, and decides.

use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use telamon_wire::Failure;

use super::{Ask, Console, SIGN_IN_PATH, complaint, page, redirect, visit::Visit};
use crate::{
    device::{Asking, UserCode, VERIFICATION_PATH},
    sign_in::Person,
};

const UNKNOWN: &str = "Invalid or expired code. Compare it with the one that the program shows. A code works once and expires \
                       after ten minutes.";
const TOO_OFTEN: &str = "Too many invalid codes. Try again in 15 minutes.";

/// The client ids that the Atlas CLI comes with. Any program can use them.
const ATLAS_CLI: [&str; 2] = ["0oabtxactgS3gHIR0297", "0oabtyfelbTBdoucy297"];

impl Console {
    pub(super) async fn connect(&self, visit: Visit, ask: &Ask<'_>) -> Result<Response, Failure> {
        let Some(person) = visit.person.clone() else {
            return Ok(redirect(&visit, &format!("{SIGN_IN_PATH}?next={VERIFICATION_PATH}")));
        };
        if !ask.is_post {
            return Ok(code_page(StatusCode::OK, &visit, "", None));
        }
        let typed = ask.form.get("code").unwrap_or_default();
        let guesser = person.id.to_string();
        if !self.codes.take(&guesser, ask.now) {
            return Ok(code_page(StatusCode::TOO_MANY_REQUESTS, &visit, typed, Some(TOO_OFTEN)));
        }
        let code = UserCode::read(typed);
        let asking = match &code {
            Some(code) => self.device.asking(code).await?,
            None => None,
        };
        let (Some(code), Some(asking)) = (code, asking) else {
            return Ok(code_page(StatusCode::BAD_REQUEST, &visit, typed, Some(UNKNOWN)));
        };
        // Wrong ones count on: who has a code that is right could guess at others' without an end.
        self.codes.give_back(&guesser);
        let approve = match ask.form.get("decision") {
            Some("approve") => true,
            Some("deny") => false,
            _ => return Ok(decision_page(&visit, &person, &code, &asking)),
        };
        if !self.device.decide(&visit.actor(ask.origin.address), &code, approve).await? {
            return Ok(code_page(StatusCode::BAD_REQUEST, &visit, "", Some(UNKNOWN)));
        }
        let (title, text) = if approve {
            ("Program signed in", "It continues within a few seconds. You can close this page.")
        } else {
            ("Request denied", "The program has learned nothing about you. You can close this page.")
        };
        Ok(page(StatusCode::OK, &visit, title, html! { p.good role="status" { (text) } }))
    }
}

fn code_page(status: StatusCode, visit: &Visit, typed: &str, error: Option<&str>) -> Response {
    let content = html! {
        (complaint(error))
        p { "Enter the eight-letter code that the program shows." }
        form method="post" action=(VERIFICATION_PATH) {
            (visit.proof())
            label {
                "Code"
                input.code name="code" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false"
                    maxlength="20" required autofocus value=(typed);
            }
            button { "Continue" }
        }
    };
    page(status, visit, "Connect a program", content)
}

fn decision_page(visit: &Visit, person: &Person, code: &UserCode, asking: &Asking) -> Response {
    let content = html! {
        p { "It will be able to do everything that " strong { (person.name()) } " can do, until it signs out, or for a week at most." }
        (description(code, asking))
        p.bad {
            "Approve only if you started this program yourself, just now, and it shows this code. "
            "Never approve a code that somebody sent you."
        }
        form method="post" action=(VERIFICATION_PATH) {
            (visit.proof())
            input type="hidden" name="code" value=(code.as_str());
            div.choice {
                button name="decision" value="approve" { "Approve" }
                button.other name="decision" value="deny" { "Deny" }
            }
        }
    };
    page(StatusCode::OK, visit, "Approve this program?", content)
}

fn description(code: &UserCode, asking: &Asking) -> Markup {
    html! {
        dl {
            dt { "Program" }
            dd {
                @if ATLAS_CLI.contains(&asking.client_id.as_str()) { "Atlas CLI, " }
                code { (asking.client_id) }
            }
            dt { "Requested access" }
            dd { (asking.scope) }
            dt { "Requested from" }
            dd { (asking.address) ", at " (asking.asked_at.to_string()) }
            dt { "Code" }
            dd { code { (code.grouped()) } }
        }
    }
}
