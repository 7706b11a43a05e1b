'use strict'
const texts = {
  en: {
    loading: 'One moment…', pdf: 'Tickets to print (PDF)', calendar: 'Add to the calendar', tickets: 'Tickets',
    order: 'Order', state: 'Status', total: 'Total', reserved: 'Reserved until',
    rename: 'Correct the name', transfer: 'Pass the ticket on', name: 'Name', email: 'E-mail', save: 'Save',
    transfer_means: 'The ticket gets a new code, which is sent to that address. Yours stops working, and you cannot take it back.',
    elsewhere: 'Its code is on its holder’s own page.',
    answers: 'Your answers', yes: 'Yes', no: 'No', required: 'required', answered: 'Your answers are saved.',
    renamed: 'The name is corrected.', transferred: 'The ticket is passed on. Its new holder gets an e-mail.',
    transferred_all: 'The ticket is passed on. This link has nothing left to show.',
    cancel_ticket: 'Cancel the ticket', cancel_order: 'Cancel the order',
    cancel_ticket_means: 'The ticket stops working at once, and you cannot take that back.',
    cancel_order_means: 'All your tickets stop working at once, and you cannot take that back.',
    cancel_hold_means: 'The tickets are no longer reserved for you.',
    cancel_others: 'Tickets that you have passed on stay valid.',
    cancel_refund: 'You get {refund} back, the way you paid.', cancel_until: 'Possible until {until}.',
    ticket_cancelled: 'Ticket cancelled.', order_cancelled: 'Order cancelled.',
    refund_due: 'To be refunded', refunded_so_far: 'Refunded',
    void_cancelled: 'Cancelled', void_refunded: 'Refunded',
    cancellation_closed: 'Cancelling is not possible any more. Ask the organiser.',
    checked_in_ticket: 'A ticket has been used, so it cannot be cancelled.',
    held: 'Reserved', paid: 'Paid', expired: 'Expired', cancelled: 'Cancelled', refunded: 'Refunded',
    paid_unfulfilled: 'Paid too late: the money is refunded', postponed: 'Postponed',
    valid: 'Valid', checked_in: 'Used', void: 'Not valid any more',
    invalid_token: 'This link does not work (any more). Ask the organiser for another.',
    token_expired: 'This link is too old. Ask the organiser for another.',
    already_checked_in: 'This ticket has been used, so it cannot be passed on.',
    void_ticket: 'This ticket is not valid any more.', validation_failed: 'Please check what you have entered.',
    too_many_tries: 'That was too often. Please wait a minute.', failed: 'This did not work. Please try again.'
  },
  es: {
    loading: 'Un momento…', pdf: 'Entradas para imprimir (PDF)', calendar: 'Añadir al calendario', tickets: 'Entradas',
    order: 'Pedido', state: 'Estado', total: 'Total', reserved: 'Reservado hasta',
    rename: 'Corregir el nombre', transfer: 'Pasar la entrada a otra persona', name: 'Nombre',
    email: 'Correo electrónico', save: 'Guardar',
    transfer_means: 'La entrada recibe un código nuevo, que se envía a esa dirección. El tuyo deja de valer y no podrás recuperarla.',
    elsewhere: 'Su código está en la página de su titular.',
    answers: 'Tus respuestas', yes: 'Sí', no: 'No', required: 'obligatoria', answered: 'Tus respuestas están guardadas.',
    renamed: 'El nombre está corregido.', transferred: 'La entrada ya es de su nuevo titular, que recibirá un correo.',
    transferred_all: 'La entrada ya es de su nuevo titular. Este enlace no tiene nada más que mostrar.',
    cancel_ticket: 'Cancelar la entrada', cancel_order: 'Cancelar el pedido',
    cancel_ticket_means: 'La entrada deja de valer en el acto y no podrás recuperarla.',
    cancel_order_means: 'Todas tus entradas dejan de valer en el acto y no podrás recuperarlas.',
    cancel_hold_means: 'Las entradas dejan de estar reservadas para ti.',
    cancel_others: 'Las entradas que has pasado a otras personas siguen valiendo.',
    cancel_refund: 'Recibirás {refund} por el mismo medio con el que pagaste.', cancel_until: 'Posible hasta el {until}.',
    ticket_cancelled: 'Entrada cancelada.', order_cancelled: 'Pedido cancelado.',
    refund_due: 'Por devolver', refunded_so_far: 'Devuelto',
    void_cancelled: 'Cancelada', void_refunded: 'Reembolsada',
    cancellation_closed: 'Ya no se puede cancelar. Pregunta a la organización.',
    checked_in_ticket: 'Una entrada ya se ha usado y no se puede cancelar.',
    held: 'Reservado', paid: 'Pagado', expired: 'Caducado', cancelled: 'Cancelado', refunded: 'Reembolsado',
    paid_unfulfilled: 'Pagado demasiado tarde: se devuelve el dinero', postponed: 'Aplazado',
    valid: 'Válida', checked_in: 'Usada', void: 'Ya no es válida',
    invalid_token: 'Este enlace no es válido (o ya no lo es). Pide otro a la organización.',
    token_expired: 'Este enlace ha caducado. Pide otro a la organización.',
    already_checked_in: 'Esta entrada ya se ha usado y no se puede pasar a otra persona.',
    void_ticket: 'Esta entrada ya no es válida.', validation_failed: 'Revisa lo que has escrito.',
    too_many_tries: 'Demasiados intentos. Espera un minuto.', failed: 'No ha funcionado. Inténtalo de nuevo.'
  }
}
const token = location.hash.slice(1)
const find = (selector, within = document) => within.querySelector(selector)
let language, own

function speak(locale) {
  language = /^es\b/i.test(locale || '') ? 'es' : 'en'
  own = texts[language]
  document.documentElement.lang = language
}

function element(tag, text, within) {
  const one = document.createElement(tag)
  one.textContent = text
  if (within) within.append(one)
  return one
}

function label(within) {
  for (const one of within.querySelectorAll('[data-text]')) one.textContent = own[one.dataset.text]
}

function say(text) {
  find('.message').textContent = text
}

async function post(what, members = {}) {
  return fetch(location.pathname + what, {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({token, ...members})
  })
}

async function reason(answer) {
  const {code} = await answer.json().catch(() => ({}))
  return own[{void: 'void_ticket', checked_in: 'checked_in_ticket'}[code] || code] || own.failed
}

function showPicture({event_id, event}) {
  const picture = find('.picture')
  picture.hidden = !event.picture
  if (!event.picture) return
  picture.width = event.picture.width
  picture.height = event.picture.height
  picture.alt = event.picture.alt || event.name
  picture.src = new URL(`../events/${event_id}/picture`, location)
}

function showEvent(event) {
  const head = find('.event'), badge = find('.badge')
  for (const member of ['name', 'when', 'where']) find('.' + member, head).textContent = event[member]
  badge.hidden = !['cancelled', 'postponed'].includes(event.status)
  badge.className = 'badge ' + event.status
  badge.textContent = own[event.status]
  if (event.color) {
    head.style.setProperty('--event', event.color)
    head.style.setProperty('--on-event', event.text_color)
  }
  document.title = event.name
  head.hidden = false
}

function showFacts(order) {
  const facts = [[own.order, order.order_id], [own.state, own[order.status]]]
  if (order.total_text) facts.push([own.total, order.total_text])
  if (order.refunded_text) facts.push([own.refunded_so_far, order.refunded_text])
  if (order.refund_due_text) facts.push([own.refund_due, order.refund_due_text])
  if (order.expires_at) facts.push([own.reserved, new Date(order.expires_at).toLocaleString(language)])
  find('.facts').replaceChildren(...facts.flatMap(([name, value]) => [element('dt', name), element('dd', value)]))
}

// What can be answered, with how it is called; also what was answered and is no choice any more.
function choicesOf(question) {
  if (question.kind === 'yes_no') return ['yes', 'no'].map(value => ({value, label: own[value]}))
  const choices = question.choices || [], value = question.answer
  return !value || choices.some(one => one.value === value) ? choices : [...choices, {value, label: value}]
}

function answerText(question) {
  const choice = choicesOf(question).find(one => one.value === question.answer)
  return choice ? choice.label : question.answer
}

function fieldOf(question) {
  const field = document.createElement(question.kind === 'text' ? 'input' : 'select')
  field.name = question.id
  field.dir = 'auto'
  field.required = question.required
  if (question.kind === 'text') {
    field.maxLength = 500
    field.autocomplete = 'off'
  } else {
    element('option', '', field).value = ''
    for (const choice of choicesOf(question)) element('option', choice.label, field).value = choice.value
  }
  field.value = question.answer || ''
  return field
}

function showQuestions(card, ticket) {
  const questions = ticket.questions, given = find('.given', card), form = find('.answers', card)
  for (const question of questions) {
    const asked = element('label', '', find('.asked', form))
    asked.dir = 'auto'
    element('span', question.label, asked)
    if (question.required) element('small', ' (' + own.required + ')', asked)
    asked.append(fieldOf(question))
    if (!question.answer) continue
    element('dt', question.label, given).dir = 'auto'
    element('dd', answerText(question), given).dir = 'auto'
  }
  given.hidden = !given.children.length
  find('.asking', card).hidden = !questions.length
  find('.asking', card).open = questions.some(question => question.required && !question.answer)
  change(form, ticket, '/answers', 'answered', answers => ({answers}))
}

// What is asked of a ticket is told once for all of them.
function withQuestions(ticket, order) {
  const asked = new Map((order.questions || []).map(one => [one.id, one]))
  return {...ticket, questions: (ticket.questions || []).map(one => ({...asked.get(one.id), ...one}))}
}

function showTicket(ticket) {
  const card = find('template').content.cloneNode(true).firstElementChild
  const picture = find('img', card), code = find('.code', card)
  label(card)
  card.classList.add(ticket.status)
  find('.type', card).textContent = ticket.type
  find('.holder', card).textContent = ticket.holder || ''
  find('.state', card).textContent = ticket.status === 'void' && own['void_' + ticket.void_reason] || own[ticket.status]
  find('.elsewhere', card).hidden = ticket.yours || ticket.status === 'void'
  if (ticket.code) {
    picture.src = 'data:image/png;base64,' + ticket.qr
    picture.alt = 'QR ' + ticket.code
    code.textContent = ticket.code
    find('.code-card', card).hidden = code.hidden = find('.changes', card).hidden = false
    find('.passing', card).hidden = ticket.status !== 'valid'
    find('.rename input', card).value = ticket.holder || ''
    showQuestions(card, ticket)
    change(find('.rename', card), ticket, '/name', 'renamed')
    change(find('.transfer', card), ticket, '/transfer', 'transferred')
    offerCancel(find('.cancelling', card), ticket.cancel, own.cancel_ticket_means,
                '/tickets/' + ticket.number + '/cancel', own.ticket_cancelled)
  }
  return card
}

function change(form, ticket, verb, done, membersOf = members => members) {
  form.onsubmit = event => {
    event.preventDefault()
    work(form, async () => {
      const answer = await post('/tickets/' + ticket.number + verb, membersOf(Object.fromEntries(new FormData(form))))
      if (!answer.ok) return reason(answer)
      return await load() ? own[done] : own[done + '_all']
    })
  }
}

// Asks once more, saying what it means; without `cancel` it cannot be done.
function offerCancel(within, cancel, means, what, done) {
  within.hidden = !cancel
  within.open = false
  if (!cancel) return
  if (cancel.refund_text) means += ' ' + own.cancel_refund.replace('{refund}', cancel.refund_text)
  if (cancel.until_text) means += ' ' + own.cancel_until.replace('{until}', cancel.until_text)
  const form = find('form', within)
  find('.means', within).textContent = means
  form.onsubmit = event => {
    event.preventDefault()
    work(form, async () => {
      const answer = await post(what)
      if (!answer.ok) return reason(answer)
      return await load() && done
    })
  }
}

function offerCancelOrder(order, tickets) {
  const given = tickets.some(ticket => !ticket.yours && ticket.status !== 'void')
  const means = order.status === 'held' ? own.cancel_hold_means
    : own.cancel_order_means + (given ? ' ' + own.cancel_others : '')
  offerCancel(find('.order > .cancelling'), order.cancel, means, '/cancel',
              given ? own.ticket_cancelled : own.order_cancelled)
}

async function save(what, name) {
  const answer = await post(what)
  if (!answer.ok) return reason(answer)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await answer.blob())
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60000)
  return ''
}

// Says what becomes of it, and takes no second click meanwhile.
async function work(within, what) {
  const buttons = within.querySelectorAll('button')
  for (const one of buttons) one.disabled = true
  say(await what().catch(() => own.failed))
  for (const one of buttons) one.disabled = false
  if (find('.message').textContent) find('.message').focus()
}

// Whether there is something to show.
async function load() {
  const answer = await post('', {locale: navigator.language})
  const order = answer.ok && await answer.json()
  find('.order').hidden = !order
  if (!order) {
    say(await reason(answer))
    return false
  }
  speak(order.event.locale || navigator.language)
  label(document)
  say('')
  showPicture(order)
  showEvent(order.event)
  showFacts(order)
  const tickets = (order.tickets || []).map(ticket => withQuestions(ticket, order))
  find('.tickets').replaceChildren(...tickets.map(showTicket))
  offerCancelOrder(order, tickets)
  find('.pdf').hidden = !tickets.some(ticket => ticket.code)
  find('h2').hidden = !tickets.length
  return true
}

speak(navigator.language)
say(own.loading)
find('.pdf').onclick = () => work(find('.actions'), () => save('/tickets.pdf', 'tickets.pdf'))
find('.calendar').onclick = () => work(find('.actions'), () => save('/event.ics', 'event.ics'))
load().catch(() => say(own.failed))
