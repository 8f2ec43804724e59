/* libbelgoauth: an OAuth 2.1 and OpenID Connect client. This header brings in all the others. */
#ifndef BELGOAUTH_H
#define BELGOAUTH_H

#include <belgoauth/bundle.h>
#include <belgoauth/claims.h>
#include <belgoauth/client.h>
#include <belgoauth/env.h>
#include <belgoauth/error.h>
#include <belgoauth/link.h>
#include <belgoauth/listener.h>
#include <belgoauth/op.h>
#include <belgoauth/provider.h>
#include <belgoauth/registration.h>
#include <belgoauth/store.h>
#include <belgoauth/token.h>
#include <belgoauth/transport.h>
#include <belgoauth/web.h>

#endif
