/* The topics of `oauthctl help`; oauthctl(1) says the same at length. */
#include "help_topics.h"

#include <stddef.h>

static const char environment[] =
    "A flag goes before the environment, the environment before the configuration.\n"
    "\n"
    "  OAUTHCTL_CONFIG               the configuration file\n"
    "  OAUTHCTL_STORE                keyring, file, file:DIR or memory\n"
    "  OAUTHCTL_ACCOUNT              the account where none is named\n"
    "  OAUTHCTL_NO_INPUT             as --no-input, unless empty or 0\n"
    "  OAUTHCTL_KEY_FILE             the key of the file store: 32 bytes, or 64 hexadecimal digits\n"
    "  OAUTHCTL_PASSPHRASE_FILE      its passphrase, where there is no key\n"
    "  OAUTHCTL_TOKEN_KEY_FILE       keys over the tokens in any store: 32 bytes, or lines of 64 hexadecimal "
    "digits,\n"
    "                                the first to write under\n"
    "  OAUTHCTL_KEYRING_TIMEOUT      seconds that the system keyring may take, 1 to 60; 3 where it is not "
    "set\n"
    "  OAUTHCTL_ACCESS_CACHE         off: keep no access token in the kernel's keyring\n"
    "  OAUTHCTL_<ID>_CLIENT_ID       the client id at the provider ID, in capitals, - as _\n"
    "  OAUTHCTL_<ID>_CLIENT_SECRET   its secret; kept from the browser\n"
    "  CREDENTIALS_DIRECTORY         set by systemd; oauthctl.key in it is the key of the file store,\n"
    "                                oauthctl.token-key are the keys over the tokens\n"
    "  BROWSER                       browsers to try, separated by colons; %s stands for the URL\n"
    "  NO_COLOR, CLICOLOR_FORCE      never, and always, use colour\n"
    "  SSL_CERT_FILE                 the certificate authorities to trust (PEM)\n"
    "  https_proxy, all_proxy,       the proxy, and the hosts that are reached without it; in capitals too;\n"
    "  no_proxy                      loopback addresses are always reached without\n"
    "  XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME\n"
    "                                where configuration, state and cache are kept\n";

static const char exit_codes[] =
    "  0    success\n"
    "  1    an unexpected local failure: disk, memory, a bug\n"
    "  2    wrong arguments; nothing was done\n"
    "  3    not found: the account, the provider, the configuration, its metadata, a client id; or the "
    "choice\n"
    "       is ambiguous\n"
    "  4    the user must log in again\n"
    "  5    unavailable: network, TLS, timeout, 5xx, 429, a lock; try later, what is stored is untouched\n"
    "  6    the provider refused, and another login does not mend it\n"
    "  7    an answer was not to be trusted; nothing was stored\n"
    "  8    the store is locked, missing, full, damaged, or of a newer version\n"
    "  9    the user said no, or did not finish the login in time\n"
    "  130  interrupted\n"
    "\n"
    "`exec` ends as its command does; 127 where there is no such command, 126 where it cannot be run. On "
    "any\n"
    "failure standard output is empty. With --json the last line of standard error is the error as JSON.\n";

static const char headless[] =
    "On a machine without a display, where the provider offers it, sign in by a code that is typed "
    "elsewhere:\n"
    "\n"
    "  oauthctl login PROVIDER --device\n"
    "\n"
    "Otherwise `login` prints the URL and two ways to come back from a browser elsewhere:\n"
    "\n"
    "  1. Where the browser is, forward the port that `login` names, and open the URL there:\n"
    "       ssh -N -L PORT:127.0.0.1:PORT user@this-machine\n"
    "     To have the same port each time: oauthctl login PROVIDER --port 8400\n"
    "  2. Open the URL anywhere. The browser ends on a page of 127.0.0.1 that does not load: paste the URL "
    "of\n"
    "     that page where `login` is waiting.\n"
    "\n"
    "Without a keyring, tokens are kept in files, encrypted with AES-256-GCM. The key is a file of 32 "
    "bytes:\n"
    "\n"
    "  head -c 32 /dev/urandom > ~/.oauthctl.key && chmod 600 ~/.oauthctl.key\n"
    "  export OAUTHCTL_STORE=file OAUTHCTL_KEY_FILE=~/.oauthctl.key\n"
    "  oauthctl login PROVIDER\n"
    "\n"
    "or a passphrase: asked on the terminal, or in the file that OAUTHCTL_PASSPHRASE_FILE names. In a "
    "systemd unit,\n"
    "LoadCredentialEncrypted=oauthctl.key gives it the key, sealed to the machine.\n"
    "\n"
    "In cron jobs, whose environment must name the key file too:\n"
    "\n"
    "  OAUTHCTL_KEY_FILE=$HOME/.oauthctl.key oauthctl --no-input token --account NAME\n"
    "\n"
    "which ends with 4 when someone has to log in again.\n";

static const char providers[] =
    "A provider is named by its id (`oauthctl provider list`) or, any other one, by its issuer URL:\n"
    "\n"
    "  oauthctl login google\n"
    "  oauthctl login https://login.example.org --client-id my-app\n"
    "\n"
    "Before the first login you need a client: register an application of your own at the provider, of the "
    "kind\n"
    "\"desktop\" or \"native\". `oauthctl provider show ID` says how, step by step, and which\n"
    "redirect URI to register; so it does for an issuer URL. Then:\n"
    "\n"
    "  oauthctl provider set ID --client-id ID [--client-secret-file FILE]\n"
    "\n"
    "The client id is kept in the configuration, the secret in the token store. Presets of your own are "
    "files in\n"
    "$XDG_CONFIG_HOME/oauthctl/providers, see belgoauth-preset(5); one with the id of a built-in takes its "
    "place.\n";

const struct help_topic help_topics[] = {{"environment", environment},
					 {"exit-codes", exit_codes},
					 {"headless", headless},
					 {"providers", providers},
					 {NULL, NULL}};
