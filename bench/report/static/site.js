"use strict";
/* A site's pages are whole without this script: it adds the choice of colours, and opens folds for print. */

byId("controls").append(themeButton());
unfoldForPrint();
followReading();
document.documentElement.dataset.ready = "";
