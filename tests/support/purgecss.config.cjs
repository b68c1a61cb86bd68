// Cuts the style sheet of Tabler down to what pages use; docs/developer.md says when and how.
module.exports = {
  content: ["web/templates/**/*.html", "web/static/*.js", "web/static/vendor/htmx-*/*.js", "web/**/*.py", "hotline/**/*.py", "credit/**/*.py"],
  css: [process.env.TABLER, "web/static/*.css"],
  defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+/g) || [],
  variables: true,
  keyframes: true,
  fontFace: true,
};
