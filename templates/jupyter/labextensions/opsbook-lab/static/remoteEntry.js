/* The workbook in JupyterLab: a launcher entry for each chapter, and "run this chapter as report" on
   a notebook's toolbar and in the command palette. Written as the module that JupyterLab loads, so
   that nothing needs to be built; chapters and words come from the page's `opsbook` setting. */
"use strict";
(function () {
  const REPORT = "application/vnd.opsbook.report+json";
  let shared = null;
  async function lab(name) {
    const versions = shared["@jupyterlab/" + name];
    return (await Object.values(versions)[0].get())();
  }

  async function plugin() {
    const [utils, notebook, launcher, core, ui] = await Promise.all(
      ["apputils", "notebook", "launcher", "coreutils", "ui-components"].map(lab));
    const about = JSON.parse(core.PageConfig.getOption("opsbook") || '{"chapters": [], "words": {}}');
    const words = about.words;

    async function run(app, panel) {
      if (!panel) { return; }
      await panel.context.save();
      const path = panel.context.path;
      const told = utils.Notification.emit(words.running, "in-progress", { autoClose: false });
      function say(message, type) {
        utils.Notification.update({ id: told, message: message, type: type, autoClose: 8000 });
      }
      // a kernel of its own: the notebook's may be busy, and keeps its variables
      const session = await app.serviceManager.sessions.startNew({
        name: path, path: path + ".report-" + Date.now(), type: "console", kernel: { name: "opsbook" },
      });
      try {
        const code = "from opsbook.publish import lab_report\nlab_report.show(" + JSON.stringify(path) + ")";
        const asked = session.kernel.requestExecute({ code: code, store_history: false });
        let report = null, error = "";
        asked.onIOPub = function (message) {
          const content = message.content;
          if (content.data && content.data[REPORT]) { report = content.data[REPORT]; }
          if (message.header.msg_type === "error") { error = content.ename + ": " + content.evalue; }
        };
        await asked.done;
        if (!report || report.error) {
          say(words.failed + " " + (report ? report.error : error), "error");
          return;
        }
        say(words.done + " " + report.path, "success");
        const page = new utils.IFrame({ sandbox: ["allow-scripts"] });
        page.url = URL.createObjectURL(new Blob([report.html], { type: "text/html" }));
        const widget = new utils.MainAreaWidget({ content: page });
        widget.addClass("opsbook-report");
        widget.title.label = report.title;
        widget.title.closable = true;
        widget.disposed.connect(function () { URL.revokeObjectURL(page.url); });
        app.shell.add(widget, "main", { mode: "split-right" });
      } finally {
        await session.shutdown();
      }
    }

    return {
      id: "opsbook-lab:plugin",
      autoStart: true,
      requires: [notebook.INotebookTracker],
      optional: [launcher.ILauncher, utils.ICommandPalette],
      activate: function (app, tracker, start, palette) {
        const isChapter = (panel) => Boolean(panel) && about.chapters.some((c) => c.path === panel.context.path);
        app.commands.addCommand("opsbook:open", {
          label: (args) => args.title || words.chapter,
          caption: (args) => args.path,
          icon: () => ui.notebookIcon,
          execute: (args) => app.commands.execute("docmanager:open", { path: args.path }),
        });
        app.commands.addCommand("opsbook:report", {
          label: words.report,
          isEnabled: () => isChapter(tracker.currentWidget),
          execute: () => run(app, tracker.currentWidget),
        });
        if (palette) { palette.addItem({ command: "opsbook:report", category: words.workbook }); }
        about.chapters.forEach(function (chapter, i) {
          if (start) {
            start.add({ command: "opsbook:open", args: chapter, category: words.workbook, rank: i });
          }
        });
        app.docRegistry.addWidgetExtension("Notebook", {
          createNew: function (panel) {
            const button = new utils.ToolbarButton({
              label: words.report, tooltip: words.report_tip, onClick: () => run(app, panel),
            });
            button.addClass("opsbook-run-report");
            panel.context.ready.then(function () {
              if (isChapter(panel)) { panel.toolbar.insertItem(10, "opsbook-report", button); }
            });
            return button;
          },
        });
      },
    };
  }

  const all = (window._JUPYTERLAB = window._JUPYTERLAB || {});
  all["opsbook-lab"] = {
    init: function (scope) { shared = scope; },
    get: async function () {
      const made = await plugin();
      return () => ({ __esModule: true, default: made });
    },
  };
})();
