//! The test attribute that runs a test on both database engines.

use proc_macro::TokenStream;
use quote::quote;
use syn::{ItemFn, parse_macro_input};

/// Makes two tests of an `async fn(t: TestServer)`: `name::sqlite` and `name::postgres`.
#[proc_macro_attribute]
pub fn telamon_test(_: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    let name = &function.sig.ident;
    quote! {
        #function

        mod #name {
            #[test]
            fn sqlite() {
                ::telamon_testkit::run(::telamon_testkit::Engine::Sqlite, stringify!(#name), |t| Box::pin(super::#name(t)));
            }

            #[test]
            fn postgres() {
                ::telamon_testkit::run(::telamon_testkit::Engine::Postgres, stringify!(#name), |t| Box::pin(super::#name(t)));
            }
        }
    }
    .into()
}
