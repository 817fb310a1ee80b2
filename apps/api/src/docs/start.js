window.SwaggerUIBundle({
  // The service may have a path prefix.
  url: new URL('../openapi.json', document.currentScript.src).href,
  dom_id: '#api',
  deepLinking: true,
  displayRequestDuration: true,
  // The default validator is a service of a third party.
  validatorUrl: null,
});
