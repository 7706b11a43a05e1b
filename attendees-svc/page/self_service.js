'use strict'
const texts = {
  en: {
    title: 'Registration', confirm: ['Do you want to confirm your registration?', 'Confirm'],
    cancel: ['Do you want to cancel your registration?', 'Cancel the registration'],
    unsubscribe: ['Do you want no more advertising?', 'Unsubscribe'],
    unsubscribed: 'You will get no more advertising. Your registration stays: ',
    confirmed: 'Your registration is confirmed: ', cancelled: 'Your registration is cancelled: ',
    invalid_token: 'This link does not work (any more). Please ask the organiser for another.',
    token_expired: 'This link is too old. Please ask the organiser for another.',
    illegal_transition: 'This registration was cancelled before.', failed: 'This did not work. Please try again.'
  },
  es: {
    title: 'Inscripción', confirm: ['¿Quieres confirmar tu inscripción?', 'Confirmar'],
    cancel: ['¿Quieres cancelar tu inscripción?', 'Cancelar la inscripción'],
    unsubscribe: ['¿No quieres recibir más publicidad?', 'Darme de baja'],
    unsubscribed: 'No recibirás más publicidad. Tu inscripción se mantiene: ',
    confirmed: 'Tu inscripción está confirmada: ', cancelled: 'Tu inscripción está cancelada: ',
    invalid_token: 'Este enlace no es válido (o ya no lo es). Pide otro a la organización.',
    token_expired: 'Este enlace ha caducado. Pide otro a la organización.',
    illegal_transition: 'Esta inscripción se canceló antes.', failed: 'No ha funcionado. Inténtalo de nuevo.'
  }
}
const language = /^es\b/i.test(navigator.language) ? 'es' : 'en', own = texts[language]
const verb = location.pathname.split('/').pop()
const token = location.hash.slice(1) || new URLSearchParams(location.search).get('token')
const text = document.querySelector('.message'), button = document.querySelector('button')
document.documentElement.lang = language
document.title = own.title;
[text.textContent, button.textContent] = own[verb]
button.hidden = false
button.onclick = async () => {
  button.disabled = true
  try {
    const answer = await fetch(location.pathname, {
      method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({token})
    })
    const said = await answer.json()
    text.textContent = answer.ok ? own[verb === 'unsubscribe' ? 'unsubscribed' : said.status] + said.event_name
      : own[said.code] || (said.code === 'validation_failed' ? own.invalid_token : own.failed)
    button.hidden = answer.ok || said.code in own
  } catch {
    text.textContent = own.failed
  }
  button.disabled = false
  text.focus()
}
