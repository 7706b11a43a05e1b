#include "attendees-svc/page.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/mem.h"

/* In the middle of the page. The policy names its hash, so that nothing else runs there. */
static const char script[] =
    "\n"
    "const texts = {\n"
    "  en: {confirm: ['Do you want to confirm your registration?', 'Confirm'],\n"
    "       cancel: ['Do you want to cancel your registration?', 'Cancel the registration'],\n"
    "       unsubscribe: ['Do you want no more advertising?', "
    "'Unsubscribe'],\n"
    "       unsubscribed: 'You will get no more advertising. Your registration stays: ',\n"
    "       confirmed: 'Your registration is confirmed: ', cancelled: 'Your registration is "
    "cancelled: ',\n"
    "       invalid_token: 'This link does not work (any more). Please ask the organiser for "
    "another.',\n"
    "       token_expired: 'This link is too old. Please ask the organiser for another.',\n"
    "       illegal_transition: 'This registration was cancelled before.',\n"
    "       failed: 'This did not work. Please try again.'},\n"
    "  es: {confirm: ['\u00bfQuieres confirmar tu inscripci\u00f3n?', 'Confirmar'],\n"
    "       cancel: ['\u00bfQuieres cancelar tu inscripci\u00f3n?', 'Cancelar la "
    "inscripci\u00f3n'],\n"
    "       unsubscribe: ['\u00bfNo quieres recibir m\u00e1s publicidad?', "
    "'Darme de "
    "baja'],\n"
    "       unsubscribed: 'No recibir\u00e1s m\u00e1s publicidad. Tu inscripci\u00f3n se mantiene: "
    "',\n"
    "       confirmed: 'Tu inscripci\u00f3n est\u00e1 confirmada: ',\n"
    "       cancelled: 'Tu inscripci\u00f3n est\u00e1 cancelada: ',\n"
    "       invalid_token: 'Este enlace no es v\u00e1lido (o ya no lo es). Pide otro a la "
    "organizaci\u00f3n.',\n"
    "       token_expired: 'Este enlace ha caducado. Pide otro a la organizaci\u00f3n.',\n"
    "       illegal_transition: 'Esta inscripci\u00f3n se cancel\u00f3 antes.',\n"
    "       failed: 'No ha funcionado. Int\u00e9ntalo de nuevo.'}};\n"
    "const language = navigator.language.startsWith('es') ? 'es' : 'en', own = texts[language];\n"
    "const verb = location.pathname.split('/').pop();\n"
    "const token = location.hash.slice(1) || new URLSearchParams(location.search).get('token');\n"
    "const text = document.querySelector('p'), button = document.querySelector('button');\n"
    "document.documentElement.lang = language;\n"
    "[text.textContent, button.textContent] = own[verb];\n"
    "button.onclick = async () => {\n"
    "  button.disabled = true;\n"
    "  try {\n"
    "    const answer = await fetch(location.pathname, {method: 'POST',\n"
    "      headers: {'Content-Type': 'application/json'},\n"
    "      body: JSON.stringify({token})});\n"
    "    const said = await answer.json();\n"
    "    text.textContent = answer.ok ? own[verb === 'unsubscribe' ? 'unsubscribed' : said.status] "
    "+ said.event_name\n"
    "      : own[said.code] || (said.code === 'validation_failed' ? own.invalid_token : "
    "own.failed);\n"
    "    button.hidden = answer.ok || said.code in own;\n"
    "  } catch {\n"
    "    text.textContent = own.failed;\n"
    "  }\n"
    "  button.disabled = false;\n"
    "};\n";

static const char before[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" "
    "content=\"width=device-width\">\n<title>Registration</title>\n</head>\n"
    "<body>\n<p>This page needs JavaScript.</p>\n<button></button>\n<script>";
static const char after[] = "</script>\n</body>\n</html>\n";

static const char *policy(const void *arena)
{
    const int variant = sodium_base64_VARIANT_ORIGINAL;
    uint8_t hash[crypto_hash_sha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
    crypto_hash_sha256(hash, (const uint8_t *)script, sizeof script - 1);
    (void)sodium_bin2base64(text, sizeof text, hash, sizeof hash, variant);
    return mem_printf(arena,
                      "default-src 'none'; script-src 'sha256-%s'; connect-src 'self'; "
                      "form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
                      text);
}

void page_show(struct facade_call *call)
{
    const void *arena = facade_request(call)->arena;
    const char *page = mem_printf(arena, "%s%s%s", before, script, after);
    facade_header(call, "Content-Security-Policy", policy(arena));
    facade_header(call, "Referrer-Policy", "no-referrer");
    facade_respond(call, &(struct http_response){.status = 200,
                                                 .content_type = "text/html; charset=utf-8",
                                                 .body = page,
                                                 .body_size = strlen(page)});
}
