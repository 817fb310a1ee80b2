window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  displayRequestDuration: true,
  // Nothing is asked of other hosts.
  validatorUrl: null,
});
